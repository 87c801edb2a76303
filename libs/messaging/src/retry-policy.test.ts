import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultRetryPolicy, retryDelayMs } from './retry-policy.ts';

test('the delay doubles from the first to the longest, and jitter takes at most half of it', () => {
  const full = (attempt: number) => retryDelayMs(defaultRetryPolicy, attempt, () => 0);
  expect([1, 2, 3, 7, 8, 1_000].map(full)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (attempt, chance) => {
        const delay = retryDelayMs(defaultRetryPolicy, attempt, () => chance);
        expect(delay).toBeLessThanOrEqual(full(attempt));
        expect(delay).toBeGreaterThanOrEqual(full(attempt) / 2);
      },
    ),
  );
});
