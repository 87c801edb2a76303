import type { FailReason, ReservationOutcome } from '@stagedoor/contracts';

/** What a fan was asked to pay, as the first request for the reservation said it. `amount` is in won. */
export interface PaymentOrder {
  reservationId: string;
  userId: string;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  chargeKey: string;
  requestedAt: Date;
  deadline: Date;
}

/** What became of one charge, as a PaymentResult said it. */
export interface ChargeResult {
  reservationId: string;
  userId: string;
  /** Null where the result did not say it: then it is about the key that was asked for. */
  chargeKey: string | null;
  status: 'SUCCESS' | 'FAILED';
  /** Null on success. */
  failReason: FailReason | null;
  /** In won; null where the result did not say it: then it is what was asked for. */
  amount: number | null;
}

export type Outcome = ReservationOutcome['outcome'];

/** The one decision on a reservation's payment. */
export interface Decision {
  outcome: Outcome;
  /** The fail reason, or NO_RESULT; null when confirmed. */
  reason: string | null;
  /** The key that decided it. */
  chargeKey: string;
  decidedAt: Date;
}

/** Why a charge is given back. */
export type RefundReason =
  /** Nothing was heard of it until the deadline: whatever was or will be charged comes back. */
  | 'PAYMENT_EXPIRED'
  /** It succeeded after the payment had failed or expired. */
  | 'DECIDED_OTHERWISE'
  /** Another charge confirmed the reservation. */
  | 'CHARGED_TWICE'
  /** It is another fan's, or of another amount than was asked for. */
  | 'CHARGE_MISMATCH';

/** A charge to be given back. `amount` is in won. */
export interface Refund {
  chargeKey: string;
  userId: string;
  amount: number;
  reason: RefundReason;
}

/** What became of a refund, as a RefundResult said it. */
export interface RefundReport {
  refundKey: string;
  chargeKey: string;
  reservationId: string;
  userId: string;
  status: 'REFUNDED' | 'VOIDED';
  processedAt: Date;
}

/** All that is known of one reservation's payment. */
export interface Payment {
  reservationId: string;
  /** Null until the request came. */
  order: PaymentOrder | null;
  /** Never without an order; never changes once it is there. */
  decision: Decision | null;
  /** Results that came before the request, in the order they came; empty once it is there. */
  kept: readonly ChargeResult[];
  /** The charge keys whose refund was asked for here. */
  refunded: ReadonlySet<string>;
}

/** What there is to know of a reservation that nothing was heard of. */
export const unknownPayment = (reservationId: string): Payment => ({
  reservationId,
  order: null,
  decision: null,
  kept: [],
  refunded: new Set(),
});

/** The payment that an order opens. */
export const openPayment = (order: PaymentOrder): Payment => ({ ...unknownPayment(order.reservationId), order });
