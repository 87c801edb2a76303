import type { Clock, IdGenerator } from '@stagedoor/platform';
import { closeKey, type Payment, type SettledPayment } from '../domain/payment.ts';
import {
  type AttemptedRefund,
  attemptRefund,
  type Charge,
  type Refund,
  type RefundOrder,
  receiveRefund,
  type SettledRefund,
  settleRefund,
  termsOf,
} from '../domain/refund.ts';
import type { PaymentTx } from './ports.ts';
import type { Book, PaymentProvider } from './provider.ts';
import { refundResultOf } from './result-messages.ts';

/** How far one refund order came in the first transaction. */
export type RefundStep =
  /** It has its result, and the answer is in the outbox. */
  | { kind: 'done'; outcome: 'settled' | 'repeated'; refund: SettledRefund }
  /** The provider has to be asked; `isNew` where it never was. */
  | { kind: 'attempted'; attempt: AttemptedRefund; isNew: boolean }
  | { kind: 'waits'; why: string }
  /** No refund can be made of it (design §4.5). */
  | { kind: 'refused'; code: 'REFUND_FAILED'; why: string };

/** What refunding needs besides its transaction. */
export interface RefundOptions {
  provider: PaymentProvider;
  clock: Clock;
  ids: IdGenerator;
}

/**
 * Refunds a batch of orders as far as this transaction can (design §4.5): one refund per charge, whole. Where no charge is
 * known its key is closed, so that one path serves charges that are late, lost, doubled or replayed.
 */
export async function refundCharges(
  orders: readonly RefundOrder[],
  tx: PaymentTx,
  { provider, clock, ids }: RefundOptions,
): Promise<RefundStep[]> {
  const userIds = orders.map(({ userId }) => userId);
  const book = provider.kind === 'book' ? await provider.open(tx, userIds) : null;
  // Locked, because a refund hangs on its charge: two refunds of one charge pass here one after the other.
  const payments = await tx.payments.lock(unique(orders.map(({ chargeKey }) => chargeKey)));
  const refunds = await tx.refunds.find(unique(orders.map(({ refundKey }) => refundKey)));
  const batch = new RefundBatch(payments, refunds, book, clock.now());
  const steps = orders.map((order) => batch.decide(order));
  await batch.write(tx);
  const answers = steps.filter((step) => step.kind === 'done').map(({ refund }) => refundResultOf(refund, ids));
  if (answers.length > 0) await tx.outbox.add(answers);
  return steps;
}

/** What is known of a batch's charges and refunds, as the orders so far leave it, and what is to be written of it. */
class RefundBatch {
  readonly #payments: Map<string, Payment>;
  readonly #refunds: Map<string, Refund>;
  readonly #book: Book | null;
  readonly #now: Date;
  readonly #closed: SettledPayment[] = [];
  readonly #released: string[] = [];
  readonly #added: Refund[] = [];

  constructor(payments: readonly Payment[], refunds: readonly Refund[], book: Book | null, now: Date) {
    this.#payments = new Map(payments.map((payment) => [payment.idempotencyKey, payment]));
    this.#refunds = new Map(refunds.map((refund) => [refund.refundKey, refund]));
    this.#book = book;
    this.#now = now;
  }

  decide(order: RefundOrder): RefundStep {
    const receipt = receiveRefund(order, this.#payments.get(order.chargeKey), this.#refunds.get(order.refundKey));
    switch (receipt.kind) {
      case 'repeated':
        return { kind: 'done', outcome: 'repeated', refund: receipt.refund };
      case 'mismatch':
        return {
          kind: 'refused',
          code: 'REFUND_FAILED',
          why: `the charge ${order.chargeKey} is of another fan, reservation or amount`,
        };
      case 'chargeInDoubt':
        return { kind: 'waits', why: `the charge ${order.chargeKey} is in doubt` };
      case 'inDoubt':
        return { kind: 'attempted', attempt: receipt.refund, isNew: false };
      case 'void':
        return { kind: 'done', outcome: 'settled', refund: this.#void(order, receipt.closesKey) };
      case 'giveBack': {
        const attempt = attemptRefund(order, this.#now);
        if (this.#book !== null) {
          return { kind: 'done', outcome: 'settled', refund: this.#giveBack(attempt, receipt.charge, this.#book) };
        }
        return { kind: 'attempted', attempt: this.#add(attempt), isNew: true };
      }
    }
  }

  async write(tx: PaymentTx): Promise<void> {
    if (this.#closed.length > 0) await tx.payments.insert(this.#closed);
    if (this.#released.length > 0) await tx.payments.release(this.#released);
    if (this.#added.length > 0) await tx.refunds.insert(this.#added);
    await this.#book?.save();
  }

  #void(order: RefundOrder, closesKey: boolean): SettledRefund {
    const balance = this.#book?.balanceOf(order.userId) ?? null;
    if (closesKey) {
      const payment = closeKey(termsOf(order), balance, this.#now);
      this.#closed.push(payment);
      this.#payments.set(payment.idempotencyKey, payment);
    }
    return this.#add(settleRefund(order, 'VOIDED', balance, this.#now));
  }

  #giveBack(attempt: AttemptedRefund, charge: Charge, book: Book): SettledRefund {
    const balance = book.giveBack(charge, attempt.refundKey, this.#now);
    this.#released.push(attempt.chargeKey);
    return this.#add(settleRefund(attempt, 'REFUNDED', balance, this.#now));
  }

  #add<Added extends Refund>(refund: Added): Added {
    this.#added.push(refund);
    this.#refunds.set(refund.refundKey, refund);
    return refund;
  }
}

const unique = (keys: string[]): string[] => [...new Set(keys)];
