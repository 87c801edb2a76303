/** What the four databases say of one reservation and its money. Times are UTC, amounts are in won. */
export interface ReservationRecord {
  reservationId: string;
  /** reservation-service's row; null where it knows none. */
  reservation: Reservation | null;
  /** result-worker's row; null where it knows none. */
  decision: Decision | null;
  /** payment-worker's rows: under the reservation's own key, the deciding key, and whichever charge is not given back. */
  payments: readonly Payment[];
  /** payment-worker's refunds of these payments, settled ones. */
  refunds: readonly Refund[];
  /** The balance of the fan's wallet; null where there is none. */
  walletBalance: number | null;
}

export interface Reservation {
  userId: string;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  status: 'TEMPORARY_ASSIGNED' | 'PAYMENT_PENDING' | 'CONFIRMED' | 'PAYMENT_FAILED' | 'EXPIRED' | 'CANCELLED';
  refund: 'NONE' | 'REQUESTED' | 'DONE';
  chargeKey: string | null;
  paymentRequestedAt: Date | null;
  paymentDeadline: Date | null;
  decidedAt: Date | null;
  cancelledAt: Date | null;
}

export interface Decision {
  status: 'AWAITING_REQUEST' | 'PENDING' | 'CONFIRMED' | 'PAYMENT_FAILED' | 'EXPIRED';
  reason: string | null;
  decidedKey: string | null;
  decidedAt: Date | null;
  /** What was asked for; null until the request came. */
  order: Order | null;
}

/** What a payment request says. */
export interface Order {
  userId: string;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  chargeKey: string;
  requestedAt: Date;
}

export interface Payment {
  chargeKey: string;
  userId: string;
  amount: number;
  state: 'RECEIVED' | 'ATTEMPTED' | 'SETTLED';
  status: 'SUCCESS' | 'FAILED' | null;
  failReason: string | null;
  receivedAt: Date;
  settledAt: Date | null;
  /** Charged, and not given back. */
  unrefunded: boolean;
  /** Null where a refund closed the key before its request came. */
  order: Order | null;
}

export interface Refund {
  chargeKey: string;
  status: 'REFUNDED' | 'VOIDED';
}
