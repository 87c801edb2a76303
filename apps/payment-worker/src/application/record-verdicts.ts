import type { Clock, IdGenerator } from '@stagedoor/platform';
import { outsideTransfer } from '../domain/ledger.ts';
import { type AttemptedPayment, type SettledPayment, settle, type Verdict } from '../domain/payment.ts';
import type { PaymentTx } from './ports.ts';
import { paymentResultOf } from './result-messages.ts';

/** What the provider said to an attempt. */
export interface ChargeAnswer {
  attempt: AttemptedPayment;
  answer: Verdict;
}

/** A payment's verdict; `isNew` where it was recorded now and not before. */
export interface RecordedVerdict {
  payment: SettledPayment;
  isNew: boolean;
}

/** Records what an outside provider said: the second transaction of each attempt (design §4.3). The first answer stands. */
export async function recordVerdicts(
  answers: readonly ChargeAnswer[],
  tx: PaymentTx,
  { clock, ids }: { clock: Clock; ids: IdGenerator },
): Promise<RecordedVerdict[]> {
  const locked = await tx.payments.lock([...new Set(answers.map(({ attempt }) => attempt.idempotencyKey))]);
  const payments = new Map(locked.map((payment) => [payment.idempotencyKey, payment]));
  const now = clock.now();
  const recorded = answers.map(({ attempt, answer }): RecordedVerdict => {
    const current = payments.get(attempt.idempotencyKey);
    if (current === undefined) throw new Error(`the attempt ${attempt.idempotencyKey} is not recorded`);
    if (current.state === 'SETTLED') return { payment: current, isNew: false };
    const payment = settle(current, answer, now);
    payments.set(payment.idempotencyKey, payment);
    return { payment, isNew: true };
  });
  const settled = recorded.filter(({ isNew }) => isNew).map(({ payment }) => payment);
  if (settled.length > 0) await tx.payments.settle(settled);
  const charged = settled.filter(({ verdict }) => verdict.status === 'SUCCESS');
  if (charged.length > 0) {
    await tx.transfers.insert(
      charged.map(({ userId, amount, idempotencyKey: reference }) =>
        outsideTransfer({ kind: 'CHARGE', userId, amount, reference, at: now }),
      ),
    );
  }
  await tx.outbox.add(recorded.map(({ payment }) => paymentResultOf(payment, ids)));
  return recorded;
}
