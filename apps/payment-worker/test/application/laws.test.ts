import type { PaymentResult, RefundResult } from '@stagedoor/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paymentService } from '../../src/application/payment-service.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { countingIds, NOW, noMetrics, paymentOrder, refundOrder, standingClock, topUpOrder } from '../builders.ts';
import { expectSoundBooks, paymentResults, refundResults } from '../ledger.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';

const users = fc.constantFrom('mina', 'joon');
const reservations = fc.constantFrom('r1', 'r2', 'r3');
const keys = fc.constantFrom('charge:r1', 'charge:r2', 'other', 'another');
const amounts = fc.constantFrom(60, 100);
// Some are past it from the start, for some it passes while the commands run.
const deadlines = fc.integer({ min: -5, max: 60 }).map((seconds) => new Date(NOW.getTime() + seconds * 1_000));

const pay = fc
  .record({ idempotencyKey: keys, reservationId: reservations, userId: users, amount: amounts, deadline: deadlines })
  .map((terms) => ({ kind: 'pay' as const, order: paymentOrder(terms.reservationId, terms.userId, terms) }));
const refund = fc
  .record({ chargeKey: keys, reservationId: reservations, userId: users, amount: amounts })
  .map((terms) => ({ kind: 'refund' as const, order: refundOrder(terms.reservationId, terms.userId, terms) }));
const topUp = fc
  .record({ userId: users, key: fc.constantFrom('k1', 'k2', 'k3'), reference: fc.option(fc.constantFrom('w1', 'w2')) })
  .map(({ userId, key, reference }) => ({
    kind: 'topUp' as const,
    order: topUpOrder(userId, key, { amount: 150, reference, ...(reference !== null && { requestedBy: 'bank' }) }),
  }));

/** Commands with some of them again, in any order, cut into batches. */
const batches = fc
  .array(fc.oneof({ weight: 4, arbitrary: pay }, { weight: 2, arbitrary: refund }, { weight: 1, arbitrary: topUp }), {
    minLength: 1,
    maxLength: 30,
  })
  .chain((commands) =>
    fc.tuple(
      fc
        .array(fc.constantFrom(...commands), { maxLength: 15 })
        .chain((copies) =>
          fc.shuffledSubarray([...commands, ...copies], { minLength: commands.length + copies.length }),
        ),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 10 }),
    ),
  )
  .map(([commands, sizes]) => {
    const cut: (typeof commands)[] = [];
    for (let at = 0; at < commands.length; ) {
      const size = sizes[cut.length % sizes.length] as number;
      cut.push(commands.slice(at, at + size));
      at += size;
    }
    return cut;
  });

/** Every answer to the same order is the same, but for conflicts, which are not remembered. */
function expectOneAnswerPerKey(payments: readonly PaymentResult[], refunds: readonly RefundResult[]): void {
  const decided = payments.filter(({ failReason }) => failReason !== 'IDEMPOTENCY_CONFLICT');
  for (const [key, answers] of Map.groupBy(decided, ({ idempotencyKey }) => idempotencyKey)) {
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size, key).toBe(1);
  }
  for (const [key, answers] of Map.groupBy(refunds, ({ refundKey }) => refundKey)) {
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size, key).toBe(1);
  }
}

test('law: for any commands, copies, order and batches the books are sound and every key has one answer', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (cut) => {
      const database = new MemoryDatabase();
      const clock = standingClock();
      const service = paymentService({
        unitOfWork: database,
        provider: walletProvider,
        clock,
        ids: countingIds(),
        metrics: noMetrics,
        maxBatch: 5,
        maxQueuedMessages: 1_000,
        maxQueuedRequests: 1_000,
      });
      let asked = 0;
      let refused = 0;
      for (const [index, batch] of cut.entries()) {
        clock.set(new Date(NOW.getTime() + index * 3_000));
        const outcomes = await Promise.allSettled(
          batch.map(({ kind, order }) => {
            if (kind === 'topUp') return service.topUp(order);
            asked++;
            return kind === 'pay' ? service.pay(order) : service.refund(order);
          }),
        );
        const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
        for (const { reason } of failures) expect(reason.code).toBe('REFUND_FAILED');
        refused += failures.length;
        const { wallets, transfers, payments, refunds, outbox } = database.tables;
        expectSoundBooks({ wallets, transfers, payments: [...payments.values()], refunds: [...refunds.values()] });
        expectOneAnswerPerKey(paymentResults(outbox), refundResults(outbox));
      }
      expect(database.tables.outbox).toHaveLength(asked - refused);
    }),
    { numRuns: 500 },
  );
});
