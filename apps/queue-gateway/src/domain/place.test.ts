import fc from 'fast-check';
import { expect, test } from 'vitest';
import { etaSeconds, pollAfterMs, positionOf } from './place.ts';

const line = { phase: 'queue', perSecond: 200, untilOpeningMs: 0 } as const;
const bounds = { minMs: 250, maxMs: 15_000 };

test('a position counts from the serving number, and is never less than 1', () => {
  expect(positionOf(101, 100)).toBe(1);
  expect(positionOf(150, 100)).toBe(50);
  expect(positionOf(99, 100)).toBe(1);
});

test('the wait follows the speed of the line, from the opening on', () => {
  expect(etaSeconds(1, line)).toBe(1);
  expect(etaSeconds(1_000, line)).toBe(5);
  expect(etaSeconds(1_000, { ...line, phase: 'prequeue', untilOpeningMs: 60_000 })).toBe(65);
  expect(etaSeconds(1_000, { ...line, phase: 'open' })).toBe(0);
  expect(etaSeconds(1_000, { ...line, phase: 'paused' })).toBeNull();
  expect(etaSeconds(1_000, { ...line, perSecond: 0 })).toBeNull();
});

test('who waits longer asks less often, within bounds, and not all at once', () => {
  expect(pollAfterMs(0, 1, bounds)).toBe(250);
  expect(pollAfterMs(null, 1, bounds)).toBeGreaterThan(11_999);
  fc.assert(
    fc.property(fc.option(fc.nat(100_000)), fc.integer({ min: 1 }), (eta, sequence) => {
      const ms = pollAfterMs(eta, sequence, bounds);
      expect(ms).toBeGreaterThanOrEqual(bounds.minMs);
      expect(ms).toBeLessThanOrEqual(bounds.maxMs);
    }),
  );
  const pauses = new Set(Array.from({ length: 1_000 }, (_, index) => pollAfterMs(600, index, bounds)));
  expect(pauses.size).toBeGreaterThan(500);
});
