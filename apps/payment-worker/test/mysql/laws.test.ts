import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PaymentService } from '../../src/application/payment-service.ts';
import { batches } from '../application/commands.ts';
import { expectOneAnswerPerKey, expectSoundBooks } from '../ledger.ts';
import { paymentDatabase } from './payment-database.ts';

const REPLICAS = 4;

test('law: on a real database, with four replicas at once, the books are sound and every key has one answer', {
  timeout: 120_000,
}, async () => {
  const database = await paymentDatabase(REPLICAS * 3);
  const replicas = Array.from({ length: REPLICAS }, () => database.replica({ maxBatch: 5 }));
  const choices = fc.infiniteStream(fc.constantFrom(...replicas));
  const law = fc.asyncProperty(batches(), choices, async (cut, choice) => {
    await database.empty();
    for (const batch of cut) {
      const outcomes = await Promise.allSettled(batch.map(({ run }) => run(choice.next().value as PaymentService)));
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('REFUND_FAILED');
      }
    }
    expectSoundBooks(await database.books());
    expectOneAnswerPerKey(await database.outbox());
  });
  try {
    // A race is not the same twice: a smaller counterexample could be another one, or none.
    await fc.assert(law, { numRuns: 40, endOnFailure: true });
  } finally {
    await database.close();
  }
});
