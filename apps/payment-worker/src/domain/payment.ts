import type { FailReason } from '@stagedoor/contracts';

/** What a key stands for: the same key with other terms is a conflict (design §4.3). */
export interface Terms {
  idempotencyKey: string;
  reservationId: string;
  userId: string;
  /** In won. */
  amount: number;
}

/** A request to charge a fan. */
export interface PaymentOrder extends Terms {
  scheduleId: number;
  seatNumber: number;
  requestedAt: Date;
  /** Up to and including this moment the charge may begin. */
  deadline: Date;
}

/** A failure that decides a key. A conflict decides nothing and is never stored. */
export type StoredFailReason = Exclude<FailReason, 'IDEMPOTENCY_CONFLICT'>;

/** What became of a charge. `balance` is the wallet's after it, in won; null where there is no wallet. */
export type Verdict =
  | { status: 'SUCCESS'; failReason: null; balance: number | null }
  | { status: 'FAILED'; failReason: StoredFailReason; balance: number | null };

/** What a payment holds in every state. The order's own fields are null where a refund closed the key before it came. */
export interface PaymentRecord extends Terms {
  scheduleId: number | null;
  seatNumber: number | null;
  requestedAt: Date | null;
  deadline: Date | null;
  receivedAt: Date;
  /**
   * Whether the reservation's one charge is this one: from the attempt on, until it failed or was given back. Unique per
   * reservation, so that two attempts in doubt cannot both turn out to have charged.
   */
  claimsReservation: boolean;
}

/** Accepted and not tried yet. Lives only inside a transaction; what is written is at least attempted. */
export interface ReceivedPayment extends PaymentRecord {
  state: 'RECEIVED';
}

/** The provider was asked, or is about to be; whether it charged is in doubt until it answers. */
export interface AttemptedPayment extends PaymentRecord {
  state: 'ATTEMPTED';
  attemptedAt: Date;
  /** Who is asked, by name. Nobody else can resolve it, and give it back. */
  provider: string;
}

/** Decided for ever: the verdict never changes, only the claim ends with a refund. */
export interface SettledPayment extends PaymentRecord {
  state: 'SETTLED';
  /** Both null where nobody ever tried to charge. */
  attemptedAt: Date | null;
  provider: string | null;
  settledAt: Date;
  verdict: Verdict;
}

/** A payment as it is stored. */
export type Payment = AttemptedPayment | SettledPayment;

/** What an order meets. */
export type Receipt =
  /** Decided before: the stored verdict is the answer, without a second effect. */
  | { kind: 'repeated'; payment: SettledPayment }
  /** The key stands for other terms: answered, not stored. */
  | { kind: 'conflict' }
  /** Attempted before, the answer never recorded: the provider knows, the clock does not. */
  | { kind: 'inDoubt'; payment: AttemptedPayment }
  /** An attempt under another key of the same reservation is in doubt: nothing can be said before it is resolved. */
  | { kind: 'blocked'; by: string }
  /** Decided now, without a charge. */
  | { kind: 'refused'; payment: ReceivedPayment; reason: 'DEADLINE_EXCEEDED' | 'ALREADY_CHARGED' }
  /** To be charged. */
  | { kind: 'accepted'; payment: ReceivedPayment };

/**
 * Receives an order (design §4.3): key first, and only for an unknown key the deadline.
 * @param known the payment under the order's key
 * @param holder the payment that claims the order's reservation
 */
export function receive(
  order: PaymentOrder,
  known: Payment | undefined,
  holder: Payment | undefined,
  now: Date,
): Receipt {
  if (known !== undefined) {
    if (!sameTerms(known, order)) return { kind: 'conflict' };
    return known.state === 'SETTLED' ? { kind: 'repeated', payment: known } : { kind: 'inDoubt', payment: known };
  }
  const payment: ReceivedPayment = { ...order, state: 'RECEIVED', receivedAt: now, claimsReservation: false };
  if (now > order.deadline) return { kind: 'refused', payment, reason: 'DEADLINE_EXCEEDED' };
  if (holder === undefined) return { kind: 'accepted', payment };
  if (holder.state === 'ATTEMPTED') return { kind: 'blocked', by: holder.idempotencyKey };
  return { kind: 'refused', payment, reason: 'ALREADY_CHARGED' };
}

/** The provider is about to be asked. */
export function attempt(payment: ReceivedPayment, provider: string, now: Date): AttemptedPayment {
  return { ...payment, state: 'ATTEMPTED', attemptedAt: now, provider, claimsReservation: true };
}

/** The verdict is known: a success keeps the reservation's claim, a failure ends it. */
export function settle(payment: ReceivedPayment | AttemptedPayment, verdict: Verdict, now: Date): SettledPayment {
  return {
    ...payment,
    state: 'SETTLED',
    attemptedAt: payment.state === 'ATTEMPTED' ? payment.attemptedAt : null,
    provider: payment.state === 'ATTEMPTED' ? payment.provider : null,
    settledAt: now,
    verdict,
    claimsReservation: verdict.status === 'SUCCESS',
  };
}

/** Refused before anything was tried. */
export function refuse(
  payment: ReceivedPayment,
  failReason: 'DEADLINE_EXCEEDED' | 'ALREADY_CHARGED',
  balance: number | null,
  now: Date,
): SettledPayment {
  return settle(payment, { status: 'FAILED', failReason, balance }, now);
}

/** Closes a key that no charge came under, so that one that comes later, or again, is answered DEADLINE_EXCEEDED (design §4.5). */
export function closeKey(
  { idempotencyKey, reservationId, userId, amount }: Terms,
  balance: number | null,
  now: Date,
): SettledPayment {
  const payment: ReceivedPayment = {
    idempotencyKey,
    reservationId,
    userId,
    amount,
    scheduleId: null,
    seatNumber: null,
    requestedAt: null,
    deadline: null,
    state: 'RECEIVED',
    receivedAt: now,
    claimsReservation: false,
  };
  return refuse(payment, 'DEADLINE_EXCEEDED', balance, now);
}

/** Whether both mean the same charge. */
export function sameTerms(a: Terms, b: Terms): boolean {
  return (
    a.idempotencyKey === b.idempotencyKey &&
    a.reservationId === b.reservationId &&
    a.userId === b.userId &&
    a.amount === b.amount
  );
}
