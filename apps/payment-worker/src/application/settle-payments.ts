import type { Clock, IdGenerator } from '@stagedoor/platform';
import {
  type AttemptedPayment,
  attempt,
  type Payment,
  type PaymentOrder,
  type ReceivedPayment,
  receive,
  refuse,
  type SettledPayment,
  settle,
} from '../domain/payment.ts';
import type { PaymentTx } from './ports.ts';
import type { Book, PaymentProvider } from './provider.ts';
import { conflictResultOf, paymentResultOf } from './result-messages.ts';

/** How far one order came in the first transaction. */
export type PaymentStep =
  /** It has its verdict, and the answer is in the outbox. */
  | { kind: 'done'; outcome: 'settled' | 'repeated'; payment: SettledPayment }
  | { kind: 'done'; outcome: 'conflict' }
  /** The provider has to be asked; `isNew` where it never was. */
  | { kind: 'attempted'; attempt: AttemptedPayment; isNew: boolean }
  | { kind: 'waits'; why: string };

/** What settling needs besides its transaction. */
export interface SettleOptions {
  provider: PaymentProvider;
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
  { provider, clock, ids }: SettleOptions,
): Promise<PaymentStep[]> {
  // Wallets first: whoever holds a fan's wallet sees every earlier charge of that fan in the reads that follow.
  const book =
    provider.kind === 'book'
      ? await provider.open(
          tx,
          orders.map(({ userId }) => userId),
        )
      : null;
  const known = await knownPayments(orders, tx);
  const holders = await claimingPayments(
    orders.filter(({ idempotencyKey }) => !known.has(idempotencyKey)),
    tx,
  );
  const now = clock.now();
  const added: Payment[] = [];
  const answers = [];
  const steps: PaymentStep[] = [];

  for (const order of orders) {
    const receipt = receive(order, known.get(order.idempotencyKey), holders.get(order.reservationId), now);
    if (receipt.kind === 'conflict') {
      answers.push(conflictResultOf(order, book?.balanceOf(order.userId) ?? null, now, ids));
      steps.push({ kind: 'done', outcome: 'conflict' });
    } else if (receipt.kind === 'repeated') {
      answers.push(paymentResultOf(receipt.payment, ids));
      steps.push({ kind: 'done', outcome: 'repeated', payment: receipt.payment });
    } else if (receipt.kind === 'blocked') {
      steps.push({ kind: 'waits', why: `the charge ${receipt.by} of the same reservation is in doubt` });
    } else if (receipt.kind === 'inDoubt') {
      steps.push({ kind: 'attempted', attempt: receipt.payment, isNew: false });
    } else {
      const payment =
        receipt.kind === 'refused'
          ? refuse(receipt.payment, receipt.reason, book?.balanceOf(order.userId) ?? null, now)
          : tryToCharge(receipt.payment, book, now);
      added.push(payment);
      known.set(payment.idempotencyKey, payment);
      if (payment.claimsReservation) holders.set(payment.reservationId, payment);
      if (payment.state === 'SETTLED') {
        answers.push(paymentResultOf(payment, ids));
        steps.push({ kind: 'done', outcome: 'settled', payment });
      } else {
        steps.push({ kind: 'attempted', attempt: payment, isNew: true });
      }
    }
  }

  // Before the money, so that a key that another transaction wrote meanwhile costs as little as possible.
  if (added.length > 0) await tx.payments.insert(added);
  await book?.save();
  if (answers.length > 0) await tx.outbox.add(answers);
  return steps;
}

function tryToCharge(payment: ReceivedPayment, book: Book | null, now: Date): Payment {
  const attempted = attempt(payment, now);
  return book === null ? attempted : settle(attempted, book.charge(attempted, now), now);
}

async function knownPayments(orders: readonly PaymentOrder[], tx: PaymentTx): Promise<Map<string, Payment>> {
  const payments = await tx.payments.find([...new Set(orders.map(({ idempotencyKey }) => idempotencyKey))]);
  return new Map(payments.map((payment) => [payment.idempotencyKey, payment]));
}

async function claimingPayments(orders: readonly PaymentOrder[], tx: PaymentTx): Promise<Map<string, Payment>> {
  if (orders.length === 0) return new Map();
  const payments = await tx.payments.claiming([...new Set(orders.map(({ reservationId }) => reservationId))]);
  return new Map(payments.map((payment) => [payment.reservationId, payment]));
}
