import type { Clock, IdGenerator } from '@stagedoor/platform';
import { outsideTransfer } from '../domain/ledger.ts';
import { type AttemptedRefund, type SettledRefund, settleRefund } from '../domain/refund.ts';
import type { PaymentTx } from './ports.ts';
import type { RefundAnswer } from './provider.ts';
import { refundResultOf } from './result-messages.ts';

/** What the provider said to a refund attempt. */
export interface RefundAttemptAnswer {
  attempt: AttemptedRefund;
  answer: RefundAnswer;
}

/** A refund's result; `isNew` where it was recorded now and not before. */
export interface RecordedRefund {
  refund: SettledRefund;
  isNew: boolean;
}

/** Records that an outside provider gave money back: the second transaction of each refund attempt. */
export async function recordRefunds(
  answers: readonly RefundAttemptAnswer[],
  tx: PaymentTx,
  { clock, ids }: { clock: Clock; ids: IdGenerator },
): Promise<RecordedRefund[]> {
  await tx.payments.lock([...new Set(answers.map(({ attempt }) => attempt.chargeKey))]);
  const found = await tx.refunds.find([...new Set(answers.map(({ attempt }) => attempt.refundKey))]);
  const refunds = new Map(found.map((refund) => [refund.refundKey, refund]));
  const now = clock.now();
  const recorded = answers.map(({ attempt, answer }): RecordedRefund => {
    const current = refunds.get(attempt.refundKey);
    if (current === undefined) throw new Error(`the attempt ${attempt.refundKey} is not recorded`);
    if (current.state === 'SETTLED') return { refund: current, isNew: false };
    const refund = settleRefund(current, 'REFUNDED', answer.balance, now);
    refunds.set(refund.refundKey, refund);
    return { refund, isNew: true };
  });
  const settled = recorded.filter(({ isNew }) => isNew).map(({ refund }) => refund);
  if (settled.length > 0) {
    await tx.refunds.settle(settled);
    await tx.payments.release(settled.map(({ chargeKey }) => chargeKey));
    await tx.transfers.insert(
      settled.map(({ userId, amount, refundKey: reference }) =>
        outsideTransfer({ kind: 'REFUND', userId, amount, reference, at: now }),
      ),
    );
  }
  await tx.outbox.add(recorded.map(({ refund }) => refundResultOf(refund, ids)));
  return recorded;
}
