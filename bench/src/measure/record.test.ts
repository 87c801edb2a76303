import { expect, test } from 'vitest';
import type { MeasuredLoad } from './measured-load.ts';
import { recordOf } from './record.ts';

const OK = new Set([202]);

/** 1,000 requests over a warm-up of 1 s and a window of 9 s, each answered after 5 ms; 2 s of CPU in the window. */
function load(
  change: (request: number) => Partial<{ sentMs: number; answeredMs: number; status: number }> = () => ({}),
) {
  const requests = Array.from({ length: 1_000 }, (_, request) => {
    const intendedMs = request * 10;
    return { intendedMs, sentMs: intendedMs, answeredMs: intendedMs + 5, status: 202, ...change(request) };
  });
  const look = (micros: number) => ({ cpu: { app: micros }, generatorMicros: 0, residentBytes: {} });
  return {
    load: {
      startedAtMs: 0,
      intendedMs: Float64Array.from(requests, ({ intendedMs }) => intendedMs),
      sentMs: Float64Array.from(requests, ({ sentMs }) => sentMs),
      answeredMs: Float64Array.from(requests, ({ answeredMs }) => answeredMs),
      status: Uint16Array.from(requests, ({ status }) => status),
      complaints: [],
      connections: 1,
    },
    fromMs: 1_000,
    toMs: 10_000,
    before: look(500_000),
    after: look(2_500_000),
  } satisfies MeasuredLoad;
}

test('rates are of the window, answer times from the intended start, CPU by operation', () => {
  const record = recordOf(
    load((request) => ({ sentMs: request * 10 + 3, answeredMs: request * 10 + 8 })),
    OK,
  );
  expect(record).toMatchObject({ valid: true, offeredPerSecond: 100, perSecond: 100, errors: 0 });
  expect(record.answerMs?.p50).toBeCloseTo(8, 1);
  expect(record.cpuMicrosPerOp?.total).toBeCloseTo(2_000_000 / 900, 5);
});

test('a generator that does not make 99 % of the arrivals makes no record', () => {
  const late = (from: number) => load((request) => (request >= from ? { sentMs: 10_001, answeredMs: 10_005 } : {}));
  expect(recordOf(late(995), OK).valid).toBe(true);
  expect(recordOf(late(980), OK)).toMatchObject({ valid: false, notes: [expect.stringContaining('97.8 %')] });
});

test('one error in a thousand is borne, more are not; those of the warm-up do not count', () => {
  const failing = (...requests: number[]) =>
    recordOf(
      load((request) => (requests.includes(request) ? { status: 503 } : {})),
      OK,
    );
  expect(failing(50, 60)).toMatchObject({ valid: true, errors: 0 });
  expect(failing(500)).toMatchObject({ valid: false, errors: 1 });
});

test('an answer that never came is an error', () => {
  const record = recordOf(
    load((request) => (request === 500 ? { answeredMs: Number.NaN, status: 0 } : {})),
    OK,
  );
  expect(record.errors).toBe(1);
});

test('settled counts within the window, and what lags by more than a second of arrivals makes no record', () => {
  const settledAfter = (ms: number) => recordOf(load(), OK, { at: (request) => request * 10 + 5 + ms });
  expect(settledAfter(500)).toMatchObject({ valid: true, settledPerSecond: 100 });
  expect(settledAfter(500).settleMs?.p99).toBeCloseTo(500, 0);
  expect(settledAfter(1_500)).toMatchObject({ valid: false, notes: [expect.stringContaining('not settled')] });
  expect(recordOf(load(), OK, { at: () => Number.NaN })).toMatchObject({ valid: false, settledPerSecond: 0 });
});
