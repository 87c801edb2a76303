import { TransientError } from '@stagedoor/platform';
import type { AttemptedPayment, SettledPayment, Terms, Verdict } from '../domain/payment.ts';
import type { AttemptedRefund } from '../domain/refund.ts';
import type { PaymentTx } from './ports.ts';

/** Where the fans' money is, and who decides whether a charge succeeds. */
export type PaymentProvider = BookProvider | RemoteProvider;

/**
 * A provider whose book is our own database: it settles inside the transaction that also holds the payment, the ledger
 * and the outbox, so that there is never an attempt in doubt.
 */
export interface BookProvider {
  readonly kind: 'book';
  /** Locks the fans' accounts for the rest of the transaction. */
  open(tx: PaymentTx, userIds: readonly string[]): Promise<Book>;
}

/** Accounts that one transaction holds: decided in memory, one command after another, and written once. */
export interface Book {
  /** In won, as the commands so far leave it; null where the fan has no account. */
  balanceOf(userId: string): number | null;
  charge(terms: Terms, at: Date): Verdict;
  /** Gives a charge back, whole, and answers the balance after it, in won. */
  giveBack(charge: SettledPayment, refundKey: string, at: Date): number;
  /** Writes what changed. */
  save(): Promise<void>;
}

/**
 * A provider outside, which is called between two transactions: the first records the attempt, the second the answer
 * (design §4.3). Many calls are in flight at once. Every method rejects with a TransientError when the answer is not known
 * (timeout, cut, breaker open): the message stays, and comes back to `inquire…`.
 *
 * `charge` and `refund` happen at most once per key, however often and at whatever moment they arrive: an attempt that was
 * never answered may still be on its way.
 */
export interface RemoteProvider {
  readonly kind: 'remote';
  charge(payment: AttemptedPayment): Promise<Verdict>;
  /** What became of a charge; null where the provider has never heard of it. */
  inquireCharge(payment: AttemptedPayment): Promise<Verdict | null>;
  /** @throws PermanentError REFUND_FAILED when the provider refuses for good */
  refund(refund: AttemptedRefund): Promise<RefundAnswer>;
  /** What became of a refund; null where the provider has never heard of it. */
  inquireRefund(refund: AttemptedRefund): Promise<RefundAnswer | null>;
}

/** The provider gave the money back. */
export interface RefundAnswer {
  /** The fan's balance there, in won; null where there is none to tell. */
  balance: number | null;
}

/**
 * Stands in where the book is ours, and is asked only for what an outside provider's configuration left in doubt: that
 * waits until that provider is configured again, because nobody else can tell.
 */
export const noRemoteProvider: RemoteProvider = {
  kind: 'remote',
  charge: ({ idempotencyKey }) => unresolvable(idempotencyKey),
  inquireCharge: ({ idempotencyKey }) => unresolvable(idempotencyKey),
  refund: ({ refundKey }) => unresolvable(refundKey),
  inquireRefund: ({ refundKey }) => unresolvable(refundKey),
};

const unresolvable = (key: string): Promise<never> =>
  Promise.reject(new TransientError(`${key} was attempted with an outside provider, and none is configured`));
