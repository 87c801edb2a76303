import { type AttemptedPayment, type Payment, type SettledPayment, sameTerms, type Terms } from './payment.ts';

/** A request to give a charge back, whole, or to see to it that it never happens (design §4.5). */
export interface RefundOrder {
  /** Derived from the charge key, always. */
  refundKey: string;
  chargeKey: string;
  reservationId: string;
  userId: string;
  /** In won; must be the charge's. */
  amount: number;
  reason: string;
}

/** The provider was asked to give back, or is about to be; what became of it is in doubt until it answers. */
export interface AttemptedRefund extends RefundOrder {
  state: 'ATTEMPTED';
  attemptedAt: Date;
}

/** Done for ever. */
export interface SettledRefund extends RefundOrder {
  state: 'SETTLED';
  /** Null where there was nothing to give back. */
  attemptedAt: Date | null;
  status: 'REFUNDED' | 'VOIDED';
  /** The wallet's balance after it, in won; null where there is no wallet. */
  balance: number | null;
  processedAt: Date;
}

/** A refund as it is stored. */
export type Refund = AttemptedRefund | SettledRefund;

/** A payment that charged. */
export type Charge = SettledPayment & { verdict: { status: 'SUCCESS' }; provider: string };

/** What a refund order meets. */
export type RefundReceipt =
  /** Done before: the stored result is the answer, without a second effect. */
  | { kind: 'repeated'; refund: SettledRefund }
  /** It names another fan, reservation or amount than the charge under its key: no refund can be made of it. */
  | { kind: 'mismatch' }
  /** The charge itself is in doubt. */
  | { kind: 'chargeInDoubt'; charge: AttemptedPayment }
  /** Attempted before, the answer never recorded: the provider knows. */
  | { kind: 'inDoubt'; refund: AttemptedRefund; charge: Charge }
  /** Nothing was charged. `closesKey`: no charge is known, so its key must be closed with it. */
  | { kind: 'void'; closesKey: boolean }
  /** To be given back. */
  | { kind: 'giveBack'; charge: Charge };

/**
 * Receives a refund order (design §4.5). Refunds have no deadline.
 * @param charge the payment under the order's charge key
 * @param known the refund under the order's refund key
 */
export function receiveRefund(
  order: RefundOrder,
  charge: Payment | undefined,
  known: Refund | undefined,
): RefundReceipt {
  if (charge === undefined) return { kind: 'void', closesKey: true };
  if (!sameTerms(charge, termsOf(order))) return { kind: 'mismatch' };
  if (known?.state === 'SETTLED') return { kind: 'repeated', refund: known };
  if (charge.state === 'ATTEMPTED') return { kind: 'chargeInDoubt', charge };
  if (!isCharge(charge)) return { kind: 'void', closesKey: false };
  return known === undefined ? { kind: 'giveBack', charge } : { kind: 'inDoubt', refund: known, charge };
}

/** The terms of the charge that the order is about. */
export function termsOf({ chargeKey, reservationId, userId, amount }: RefundOrder): Terms {
  return { idempotencyKey: chargeKey, reservationId, userId, amount };
}

/** The provider is about to be asked. */
export function attemptRefund(order: RefundOrder, now: Date): AttemptedRefund {
  return { ...order, state: 'ATTEMPTED', attemptedAt: now };
}

/** Done: given back, or void because nothing was charged. */
export function settleRefund(
  refund: RefundOrder | AttemptedRefund,
  status: SettledRefund['status'],
  balance: number | null,
  now: Date,
): SettledRefund {
  return {
    ...refund,
    state: 'SETTLED',
    attemptedAt: 'attemptedAt' in refund ? refund.attemptedAt : null,
    status,
    balance,
    processedAt: now,
  };
}

function isCharge(payment: SettledPayment): payment is Charge {
  return payment.verdict.status === 'SUCCESS';
}
