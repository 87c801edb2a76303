import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sourceOf } from '../src/mutations/check.ts';
import { mutations } from '../src/mutations/list.ts';
import { run } from '../src/run.ts';

const SEEDS = 100;

test('the same seed gives the same run, another seed another', async () => {
  const [first, again, other] = [await run(7), await run(7, { trace: true }), await run(8)];
  expect(again).toMatchObject({ hash: first.hash, steps: first.steps, statuses: first.statuses });
  expect(other.hash).not.toBe(first.hash);
});

describe('every invariant holds, and every way to end is taken', () => {
  test(`seeds 1 to ${SEEDS}`, async () => {
    const statuses = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await run(seed);
      expect(result.broken, `npm run simulate -- --seed ${seed}`).toEqual([]);
      for (const status of Object.keys(result.statuses)) statuses.add(status);
    }
    expect([...statuses].sort()).toEqual(['CANCELLED', 'CONFIRMED', 'EXPIRED', 'PAYMENT_FAILED']);
  });
});

test('each deliberate mistake can still be made', async () => {
  const root = join(import.meta.dirname, '../..');
  await expect(Promise.all(mutations.map((mutation) => sourceOf(mutation, root)))).resolves.toHaveLength(
    mutations.length,
  );
  expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
});
