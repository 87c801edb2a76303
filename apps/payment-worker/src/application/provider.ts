import type { AttemptedPayment, SettledPayment, Terms, Verdict } from '../domain/payment.ts';
import type { AttemptedRefund } from '../domain/refund.ts';
import type { PaymentTx } from './ports.ts';

/** Where the fans' money is, and who decides whether a charge succeeds. */
export type PaymentProvider = BookProvider | RemoteProvider;

// Each has a `name`, by which a payment remembers for ever who was asked to charge it: only that one knows what became of
// it, and only that one can give it back.

/**
 * A provider whose book is our own database: it settles inside the transaction that also holds the payment, the ledger
 * and the outbox, so that there is never an attempt in doubt.
 */
export interface BookProvider {
  readonly kind: 'book';
  readonly name: string;
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
  readonly name: string;
  /**
   * How many new charges and refunds may be attempted now. What finds no room is not recorded: its message waits, and
   * comes again. 0 while the provider is left alone to recover, and then 1, to try whether it is back.
   */
  room(): number;
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
