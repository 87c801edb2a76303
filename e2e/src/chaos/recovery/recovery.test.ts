import { expect, test } from 'vitest';
import type { AppliedFault } from '../faults/injector.ts';
import { recoveries } from './recovery.ts';
import { bySecond, type Seen } from './timeline.ts';

const fault = (beganAt: number, endedAt: number): AppliedFault => ({
  kind: 'freeze',
  target: 'redis',
  atMs: 0,
  durationMs: 0,
  size: 0,
  beganAt,
  endedAt,
});

/** An answer every 100 ms, from 0 to 30 s. */
const answers = (of: (at: number) => Partial<Seen>): Seen[] =>
  Array.from({ length: 300 }, (_, index) => ({
    operation: 'hold',
    at: index * 100,
    ms: 20,
    ok: true,
    ...of(index * 100),
  }));

const between = (at: number, from: number, to: number) => at >= from && at < to;

test('what nobody noticed is recovered from at once', () => {
  expect(
    recoveries(
      answers(() => ({})),
      [fault(5_000, 8_000)],
    ),
  ).toEqual([{ firstSuccessMs: 0, normalMs: 0 }]);
});

test('calls fail until 3 s after the end: recovered then, and normal in the window that begins there', () => {
  const seen = answers((at) => ({ ok: !between(at, 5_000, 11_000) }));
  expect(recoveries(seen, [fault(5_000, 8_000)])).toEqual([{ firstSuccessMs: 3_000, normalMs: 3_000 }]);
});

test('answers are slow for 4 s after the end: no call fails, and normal is later', () => {
  const seen = answers((at) => ({ ms: between(at, 5_000, 12_000) ? 900 : 20 }));
  expect(recoveries(seen, [fault(5_000, 8_000)])).toEqual([{ firstSuccessMs: 0, normalMs: 4_000 }]);
});

test('an operation that never succeeds again is not recovered', () => {
  const seen = answers((at) => (at % 200 === 0 && at > 5_000 ? { operation: 'pay', ok: false } : {}));
  expect(recoveries(seen, [fault(5_000, 8_000)])).toEqual([{ firstSuccessMs: null, normalMs: null }]);
});

test('a run second by second says which operations failed', () => {
  const seen = answers((at) => (at === 1_500 ? { ok: false, operation: 'pay', ms: 900 } : {}));
  expect(bySecond(seen).slice(0, 2)).toEqual([
    { second: 0, answers: 10, failed: {}, p95Ms: 20 },
    { second: 1, answers: 10, failed: { pay: 1 }, p95Ms: 900 },
  ]);
});
