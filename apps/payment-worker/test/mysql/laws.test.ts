import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batches } from '../application/commands.ts';
import { expectOneAnswerPerKey, expectSoundBooks } from '../ledger.ts';
import { paymentDatabase } from './payment-database.ts';

const REPLICAS = 4;

test('law: on a real database, with four replicas at once, the books are sound and every key has one answer', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(batches(), fc.infiniteStream(fc.nat({ max: REPLICAS - 1 })), async (cut, choices) => {
      const database = await paymentDatabase(REPLICAS * 3);
      try {
        const replicas = Array.from({ length: REPLICAS }, () => database.replica({ maxBatch: 5 }));
        for (const batch of cut) {
          const outcomes = await Promise.allSettled(
            batch.map(({ run }) => run(replicas[choices.next().value as number] as (typeof replicas)[number])),
          );
          for (const outcome of outcomes) {
            if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('REFUND_FAILED');
          }
        }
        expectSoundBooks(await database.books());
        expectOneAnswerPerKey(await database.outbox());
      } finally {
        await database.close();
      }
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
