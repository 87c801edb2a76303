import type { Clock, IdGenerator } from '@stagedoor/platform';
import { closeKey, type Payment, releaseClaim, type SettledPayment } from '../domain/payment.ts';
import {
  type AttemptedRefund,
  attemptRefund,
  type Refund,
  type RefundOrder,
  receiveRefund,
  type SettledRefund,
  settleRefund,
  termsOf,
} from '../domain/refund.ts';
import type { PaymentTx } from './ports.ts';
import type { PaymentProvider } from './provider.ts';
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
  const book =
    provider.kind === 'book'
      ? await provider.open(
          tx,
          orders.map(({ userId }) => userId),
        )
      : null;
  // Locked, because a refund hangs on its charge: two refunds of one charge pass here one after the other.
  const payments = byKey(await tx.payments.lock(unique(orders.map(({ chargeKey }) => chargeKey))));
  const refunds = new Map<string, Refund>();
  for (const refund of await tx.refunds.find(unique(orders.map(({ refundKey }) => refundKey)))) {
    refunds.set(refund.refundKey, refund);
  }
  const now = clock.now();
  const closed: SettledPayment[] = [];
  const released: string[] = [];
  const added: Refund[] = [];
  const answers = [];
  const steps: RefundStep[] = [];

  for (const order of orders) {
    const receipt = receiveRefund(order, payments.get(order.chargeKey), refunds.get(order.refundKey));
    if (receipt.kind === 'repeated') {
      answers.push(refundResultOf(receipt.refund, ids));
      steps.push({ kind: 'done', outcome: 'repeated', refund: receipt.refund });
    } else if (receipt.kind === 'mismatch') {
      const why = 'the charge under this key is of another fan, reservation or amount';
      steps.push({ kind: 'refused', code: 'REFUND_FAILED', why });
    } else if (receipt.kind === 'chargeInDoubt') {
      steps.push({ kind: 'waits', why: `the charge ${order.chargeKey} is in doubt` });
    } else if (receipt.kind === 'inDoubt') {
      steps.push({ kind: 'attempted', attempt: receipt.refund, isNew: false });
    } else if (receipt.kind === 'giveBack' && book === null) {
      const refund = attemptRefund(order, now);
      added.push(refund);
      refunds.set(refund.refundKey, refund);
      steps.push({ kind: 'attempted', attempt: refund, isNew: true });
    } else {
      let refund: SettledRefund;
      if (receipt.kind === 'giveBack') {
        const balance = book?.giveBack(receipt.charge, order.refundKey, now) ?? null;
        refund = settleRefund(attemptRefund(order, now), 'REFUNDED', balance, now);
        released.push(order.chargeKey);
        payments.set(order.chargeKey, releaseClaim(receipt.charge));
      } else {
        const balance = book?.balanceOf(order.userId) ?? null;
        refund = settleRefund(order, 'VOIDED', balance, now);
        if (receipt.closesKey) {
          const payment = closeKey(termsOf(order), balance, now);
          closed.push(payment);
          payments.set(payment.idempotencyKey, payment);
        }
      }
      added.push(refund);
      refunds.set(refund.refundKey, refund);
      answers.push(refundResultOf(refund, ids));
      steps.push({ kind: 'done', outcome: 'settled', refund });
    }
  }

  if (closed.length > 0) await tx.payments.insert(closed);
  if (released.length > 0) await tx.payments.release(released);
  if (added.length > 0) await tx.refunds.insert(added);
  await book?.save();
  if (answers.length > 0) await tx.outbox.add(answers);
  return steps;
}

const unique = (keys: string[]): string[] => [...new Set(keys)];

const byKey = (payments: Payment[]): Map<string, Payment> =>
  new Map(payments.map((payment) => [payment.idempotencyKey, payment]));
