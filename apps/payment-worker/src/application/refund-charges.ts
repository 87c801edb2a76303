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
import type { Book, RemoteProvider } from './provider.ts';
import { notConfigured, type Providers } from './providers.ts';
import { refundResultOf } from './result-messages.ts';
import { NO_ROOM } from './settle-payments.ts';

/** How far one refund order came in the first transaction. */
export type RefundStep =
  /** It has its result, and the answer is in the outbox. */
  | { kind: 'done'; outcome: 'settled' | 'repeated'; refund: SettledRefund }
  /** The provider that charged has to be asked; `isNew` where it never was. */
  | { kind: 'attempted'; attempt: AttemptedRefund; provider: string; isNew: boolean }
  | { kind: 'waits'; why: string }
  /** No refund can be made of it (design §4.5). */
  | { kind: 'refused'; code: 'REFUND_FAILED'; why: string };

/** What refunding needs besides its transaction. */
export interface RefundOptions {
  providers: Providers;
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
  { providers, clock, ids }: RefundOptions,
): Promise<RefundStep[]> {
  const userIds = orders.map(({ userId }) => userId);
  const book = (await providers.book?.open(tx, userIds)) ?? null;
  // Locked, because a refund hangs on its charge: two refunds of one charge pass here one after the other.
  const payments = await tx.payments.lock(unique(orders.map(({ chargeKey }) => chargeKey)));
  const refunds = await tx.refunds.find(unique(orders.map(({ refundKey }) => refundKey)));
  const batch = new RefundBatch({ payments, refunds, providers, book, now: clock.now() });
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
  readonly #providers: Providers;
  readonly #book: Book | null;
  /** Further attempts that providers outside take. */
  readonly #room = new Map<RemoteProvider, number>();
  readonly #now: Date;
  readonly #closed: SettledPayment[] = [];
  readonly #released: string[] = [];
  readonly #added: Refund[] = [];

  constructor(found: {
    payments: readonly Payment[];
    refunds: readonly Refund[];
    providers: Providers;
    book: Book | null;
    now: Date;
  }) {
    this.#payments = new Map(found.payments.map((payment) => [payment.idempotencyKey, payment]));
    this.#refunds = new Map(found.refunds.map((refund) => [refund.refundKey, refund]));
    this.#providers = found.providers;
    this.#book = found.book;
    this.#now = found.now;
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
        return { kind: 'attempted', attempt: receipt.refund, provider: receipt.charge.provider, isNew: false };
      case 'void':
        return { kind: 'done', outcome: 'settled', refund: this.#void(order, receipt.closesKey) };
      case 'giveBack':
        return this.#giveBack(attemptRefund(order, this.#now), receipt.charge);
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

  #giveBack(attempt: AttemptedRefund, charge: Charge): RefundStep {
    const provider = this.#providers.find(charge.provider);
    if (provider === undefined) return { kind: 'waits', why: notConfigured(charge.provider) };
    if (provider.kind === 'remote') {
      if (!this.#takesRoom(provider)) return { kind: 'waits', why: NO_ROOM };
      return { kind: 'attempted', attempt: this.#add(attempt), provider: provider.name, isNew: true };
    }
    const balance = (this.#book as Book).giveBack(charge, attempt.refundKey, this.#now);
    this.#released.push(attempt.chargeKey);
    const refund = this.#add(settleRefund(attempt, 'REFUNDED', balance, this.#now));
    return { kind: 'done', outcome: 'settled', refund };
  }

  #takesRoom(provider: RemoteProvider): boolean {
    const room = this.#room.get(provider) ?? provider.room();
    this.#room.set(provider, room - 1);
    return room >= 1;
  }

  #add<Added extends Refund>(refund: Added): Added {
    this.#added.push(refund);
    this.#refunds.set(refund.refundKey, refund);
    return refund;
  }
}

const unique = (keys: string[]): string[] => [...new Set(keys)];
