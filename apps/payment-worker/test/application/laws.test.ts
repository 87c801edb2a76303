import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paymentService } from '../../src/application/payment-service.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { countingIds, NOW, noMetrics, standingClock } from '../builders.ts';
import { expectOneAnswerPerKey, expectSoundBooks } from '../ledger.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { batches } from './commands.ts';
import { FakeProvider } from './remote-provider.ts';

function started(provider: typeof walletProvider | FakeProvider) {
  const database = new MemoryDatabase();
  const clock = standingClock();
  const service = paymentService({
    unitOfWork: database,
    provider,
    clock,
    ids: countingIds(),
    metrics: noMetrics,
    maxBatch: 5,
    maxQueuedMessages: 1_000,
    maxQueuedRequests: 1_000,
  });
  const books = () => {
    const { wallets, transfers, payments, refunds } = database.tables;
    return {
      wallets,
      transfers: [...transfers.values()],
      payments: [...payments.values()],
      refunds: [...refunds.values()],
    };
  };
  return { database, clock, service, books };
}

test('law: for any commands, copies, order and batches the books are sound and every key has one answer', async () => {
  await fc.assert(
    fc.asyncProperty(batches(), async (cut) => {
      const { database, clock, service, books } = started(walletProvider);
      let messages = 0;
      for (const [index, batch] of cut.entries()) {
        clock.set(new Date(NOW.getTime() + index * 3_000));
        const outcomes = await Promise.allSettled(batch.map(({ run }) => run(service)));
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        for (const { reason } of refused) expect(reason.code).toBe('REFUND_FAILED');
        messages += batch.filter(({ kind }) => kind !== 'topUp').length - refused.length;
        expectSoundBooks(books());
        expectOneAnswerPerKey(database.tables.outbox);
      }
      expect(database.tables.outbox, 'one answer to each message').toHaveLength(messages);
    }),
    { numRuns: 500 },
  );
});

test('law: with a provider outside, whatever calls and answers are lost, its book and ours agree in the end', async () => {
  const faults = fc.array(fc.constantFrom('request lost' as const, 'answer lost' as const, null), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(batches(), faults, async (cut, lost) => {
      const provider = new FakeProvider();
      provider.faults = lost;
      provider.declines.add('poor');
      const { database, service, books } = started(provider);
      let waiting: (typeof cut)[number] = [];
      for (const batch of [...cut, ...Array(lost.length + 5).fill([])]) {
        const attempted = [...waiting, ...batch.filter(({ kind }: { kind: string }) => kind !== 'topUp')];
        const outcomes = await Promise.allSettled(attempted.map(({ run }) => run(service)));
        // As the consumer does it: what may come right is tried again, what cannot is put aside.
        waiting = attempted.filter((_, n) => {
          const outcome = outcomes[n];
          return outcome?.status === 'rejected' && outcome.reason.code !== 'REFUND_FAILED';
        });
        expectOneAnswerPerKey(database.tables.outbox);
      }
      expect(waiting).toEqual([]);

      const { payments, refunds } = books();
      expect(
        payments.every(({ state }) => state === 'SETTLED') && refunds.every(({ state }) => state === 'SETTLED'),
      ).toBe(true);
      const ours = payments.filter((payment) => payment.state === 'SETTLED' && payment.verdict.status === 'SUCCESS');
      const theirs = [...provider.charged].filter(([, { status }]) => status === 'SUCCESS').map(([key]) => key);
      expect(ours.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(theirs.toSorted());
      const givenBack = refunds.filter((refund) => refund.state === 'SETTLED' && refund.status === 'REFUNDED');
      expect(givenBack.map(({ refundKey }) => refundKey).toSorted()).toEqual([...provider.refunded.keys()].toSorted());
      const claimed = payments
        .filter(({ claimsReservation }) => claimsReservation)
        .map(({ reservationId }) => reservationId);
      expect(new Set(claimed).size).toBe(claimed.length);
    }),
    { numRuns: 300 },
  );
});
