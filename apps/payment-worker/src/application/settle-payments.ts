import type { OutboundMessage } from '@stagedoor/contracts';
import type { Clock, IdGenerator } from '@stagedoor/platform';
import {
  type AttemptedPayment,
  attempt,
  type Payment,
  type PaymentOrder,
  receive,
  refuse,
  type SettledPayment,
  settle,
} from '../domain/payment.ts';
import type { PaymentTx } from './ports.ts';
import type { Book, PaymentProvider } from './provider.ts';
import type { Providers } from './providers.ts';
import { conflictResultOf, paymentResultOf } from './result-messages.ts';

/** How far one order came in the first transaction. */
export type PaymentStep =
  /** It has its verdict, and the answer is in the outbox. */
  | { kind: 'done'; outcome: 'settled' | 'repeated'; payment: SettledPayment }
  /** As for those, but nothing is stored: the key stands for other terms. */
  | { kind: 'done'; outcome: 'conflict'; order: PaymentOrder; balance: number | null; at: Date }
  /** The provider has to be asked; `isNew` where it never was. */
  | { kind: 'attempted'; attempt: AttemptedPayment; provider: string; isNew: boolean }
  | { kind: 'waits'; why: string };

/** What settling needs besides its transaction. */
export interface SettleOptions {
  providers: Providers;
  clock: Clock;
  ids: IdGenerator;
}

/**
 * Settles a batch of orders as far as this transaction can (design §4.3). A provider with its book here charges at once;
 * for one outside, the attempt is recorded. Several orders of one fan, reservation or key are decided one after another.
 */
export async function settlePayments(
  orders: readonly PaymentOrder[],
  tx: PaymentTx,
  { providers, clock, ids }: SettleOptions,
): Promise<PaymentStep[]> {
  const provider = providers.charging;
  const userIds = orders.map(({ userId }) => userId);
  // Wallets first: whoever holds a fan's wallet sees every earlier charge of that fan in the reads that follow.
  const book = provider.kind === 'book' ? await provider.open(tx, userIds) : null;
  const known = await tx.payments.find(unique(orders.map(({ idempotencyKey }) => idempotencyKey)));
  const holders = await tx.payments.claiming(unique(orders.map(({ reservationId }) => reservationId)));
  const batch = new PaymentBatch({ known, holders, provider, book, now: clock.now() });
  const steps = orders.map((order) => batch.decide(order));
  await batch.write(tx);
  const answers = steps.filter((step) => step.kind === 'done').map((step) => answerOf(step, ids));
  if (answers.length > 0) await tx.outbox.add(answers);
  return steps;
}

/** Why an order that the provider has no room for waits, unattempted, so that its deadline still holds when it has. */
export const NO_ROOM = 'the payment provider takes no further calls at the moment';

/** What is known of a batch's keys and reservations, as the orders so far leave it, and what is to be written of it. */
class PaymentBatch {
  readonly #known: Map<string, Payment>;
  /** By reservation. */
  readonly #holders: Map<string, Payment>;
  readonly #provider: PaymentProvider;
  readonly #book: Book | null;
  /** Further attempts that the provider takes. */
  #room: number;
  readonly #now: Date;
  readonly #added: Payment[] = [];

  constructor(found: {
    known: readonly Payment[];
    holders: readonly Payment[];
    provider: PaymentProvider;
    book: Book | null;
    now: Date;
  }) {
    this.#known = new Map(found.known.map((payment) => [payment.idempotencyKey, payment]));
    this.#holders = new Map(found.holders.map((payment) => [payment.reservationId, payment]));
    this.#provider = found.provider;
    this.#book = found.book;
    this.#room = found.provider.kind === 'remote' ? found.provider.room() : Number.POSITIVE_INFINITY;
    this.#now = found.now;
  }

  decide(order: PaymentOrder): PaymentStep {
    const [known, holder] = [this.#known.get(order.idempotencyKey), this.#holders.get(order.reservationId)];
    const receipt = receive(order, known, holder, this.#now);
    switch (receipt.kind) {
      case 'repeated':
        return { kind: 'done', outcome: 'repeated', payment: receipt.payment };
      case 'conflict':
        return { kind: 'done', outcome: 'conflict', order, balance: this.#balanceOf(order), at: this.#now };
      case 'inDoubt':
        return { kind: 'attempted', attempt: receipt.payment, provider: receipt.payment.provider, isNew: false };
      case 'blocked':
        return { kind: 'waits', why: `the charge ${receipt.by} of the same reservation is in doubt` };
      case 'refused': {
        const payment = refuse(receipt.payment, receipt.reason, this.#balanceOf(order), this.#now);
        return { kind: 'done', outcome: 'settled', payment: this.#add(payment) };
      }
      case 'accepted': {
        if (this.#room < 1) return { kind: 'waits', why: NO_ROOM };
        this.#room--;
        const provider = this.#provider.name;
        const attempted = attempt(receipt.payment, provider, this.#now);
        if (this.#book === null) return { kind: 'attempted', attempt: this.#add(attempted), provider, isNew: true };
        const payment = settle(attempted, this.#book.charge(attempted, this.#now), this.#now);
        return { kind: 'done', outcome: 'settled', payment: this.#add(payment) };
      }
    }
  }

  async write(tx: PaymentTx): Promise<void> {
    // Before the money, so that a key that another transaction wrote meanwhile costs as little as possible.
    if (this.#added.length > 0) await tx.payments.insert(this.#added);
    await this.#book?.save();
  }

  #balanceOf({ userId }: PaymentOrder): number | null {
    return this.#book?.balanceOf(userId) ?? null;
  }

  #add<Added extends Payment>(payment: Added): Added {
    this.#added.push(payment);
    this.#known.set(payment.idempotencyKey, payment);
    if (payment.claimsReservation) this.#holders.set(payment.reservationId, payment);
    return payment;
  }
}

function answerOf(step: PaymentStep & { kind: 'done' }, ids: IdGenerator): OutboundMessage {
  return step.outcome === 'conflict'
    ? conflictResultOf(step.order, step.balance, step.at, ids)
    : paymentResultOf(step.payment, ids);
}

const unique = (keys: string[]): string[] => [...new Set(keys)];
