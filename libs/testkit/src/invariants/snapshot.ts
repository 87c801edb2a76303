import type { FailReason, ReservationStatus } from '@stagedoor/contracts';

/** What the four databases and the topics say at one moment: all that the invariants of design §4 range over. */
export interface Snapshot {
  takenAt: Date;
  reservations: ReservationRow[];
  claims: ClaimRow[];
  payments: PaymentRow[];
  refunds: RefundRow[];
  wallets: WalletRow[];
  transfers: TransferRow[];
  decisions: DecisionRow[];
  /** Refunds that were asked for and not yet answered, by charge key. */
  openRefunds: ReadonlySet<string>;
  /** Rows waiting in each app's outbox. */
  outboxes: { app: string; rows: number }[];
  topics: TopicRecords;
}

export interface ReservationRow {
  id: string;
  userId: string;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  status: ReservationStatus;
  version: number;
  holdExpiresAt: Date;
  paymentDeadline: Date | null;
  refund: 'NONE' | 'REQUESTED' | 'DONE';
}

/** A claim without a reservation is an operator's block. */
export interface ClaimRow {
  scheduleId: number;
  seatNumber: number;
  reservationId: string | null;
}

export interface PaymentRow {
  key: string;
  reservationId: string;
  userId: string;
  amount: number;
  state: 'RECEIVED' | 'ATTEMPTED' | 'SETTLED';
  status: 'SUCCESS' | 'FAILED' | null;
  failReason: FailReason | null;
  /** Charged, and not given back. */
  unrefunded: boolean;
}

export interface RefundRow {
  key: string;
  chargeKey: string;
  amount: number;
  status: 'REFUNDED' | 'VOIDED';
}

export interface WalletRow {
  userId: string;
  balance: number;
}

export interface TransferRow {
  userId: string;
  kind: 'TOP_UP' | 'CHARGE' | 'REFUND';
  debitAccount: string;
  creditAccount: string;
  amount: number;
}

export interface DecisionRow {
  reservationId: string;
  /** AWAITING_REQUEST: only a result has come so far. */
  status: 'AWAITING_REQUEST' | 'PENDING' | 'CONFIRMED' | 'PAYMENT_FAILED' | 'EXPIRED';
  decidedKey: string | null;
}

/** What stands on the topics, from their first record to their last, each list in the order of its partitions. */
export interface TopicRecords {
  /** Charge keys on payment-requests that a reader takes. */
  paymentRequests: { key: string; reservationId: string; at: string }[];
  paymentResults: { reservationId: string; at: string }[];
  reservationOutcomes: { reservationId: string; at: string }[];
  refundRequests: { key: string; at: string }[];
  refundResults: { reservationId: string; chargeKey: string; status: 'REFUNDED' | 'VOIDED'; at: string }[];
  reservationEvents: { reservationId: string; version: number }[];
  /** `topic-partition-offset` of every dead-lettered record. */
  deadLettered: ReadonlySet<string>;
}
