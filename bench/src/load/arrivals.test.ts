import { expect, test } from 'vitest';
import { arrivals } from './arrivals.ts';

test('the mean is the rate, the gaps are those of a Poisson process, and a seed makes the same crowd', () => {
  const moments = arrivals(2_000, 30_000, 7);
  expect(Math.abs(moments.length - 60_000)).toBeLessThan(6 * Math.sqrt(60_000));
  expect(arrivals(2_000, 30_000, 7)).toEqual(moments);
  expect(arrivals(2_000, 30_000, 8)).not.toEqual(moments);
  const gaps = [...moments].map((at, index) => at - (moments[index - 1] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  // Of an exponential distribution both are the same.
  expect(deviation / mean).toBeCloseTo(1, 1);
});
