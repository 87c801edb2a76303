import { describe, expect, test } from 'vitest';
import { Tally } from '../crowd/tally.ts';
import { type ChaosResult, isWhole, reportJson, reportText } from './report.ts';

const killed = (firstSuccessMs: number | null, normalMs: number | null): ChaosResult['faults'][number] => ({
  fault: { kind: 'kill', target: 'kafka', atMs: 0, durationMs: 0, size: 0, beganAt: 0, endedAt: 0 },
  recovery: { firstSuccessMs, normalMs },
});

const whole = (with_: Partial<ChaosResult> = {}): ChaosResult => ({
  seed: 7,
  lengthMs: 60_000,
  replicas: 2,
  faults: [],
  tally: new Tally(),
  journal: [],
  lost: [],
  expiredThoughCharged: [],
  invariants: { violations: [], openRefunds: [], counts: {} },
  drainedMs: 1_000,
  logs: { errors: [], gaveUp: [] },
  ...with_,
});

test('a recovery that nobody saw is told, and is not taken for a quick one', () => {
  const text = reportText(whole({ faults: [killed(1_000, 2_000), killed(3_000, null), killed(null, null)] }));
  expect(
    text
      .split('\n')
      .find((line) => line.startsWith('  kill'))
      ?.trim()
      .split(/\s+/),
  ).toEqual(['kill', '3', '1.0', '3.0', '1', '2.0', '2.0', '2']);
});

test('calls that failed are not counted as served, and spans of several calls are no calls', () => {
  const tally = new Tally();
  for (const operation of ['hold', 'hold', 'pay', 'pay to outcome']) tally.time(operation, 5);
  tally.count('error: pay 503');
  expect(reportText(whole({ tally }))).toContain('2 calls served; errors that fans saw, and tried again after: 1');
});

describe('a run is not whole with', () => {
  test.each<[string, Partial<ChaosResult>]>([
    [
      'a broken invariant',
      { invariants: { violations: [{ invariant: 'I1', detail: 'x' }], openRefunds: [], counts: {} } },
    ],
    ['an open refund', { invariants: { violations: [], openRefunds: ['refund:1'], counts: {} } }],
    [
      'a lost promise',
      { lost: [{ entry: { at: 0, user: 'a', what: 'pay', reservationId: 'r' }, why: 'there is no such reservation' }] },
    ],
    [
      'a crash',
      { logs: { errors: [{ service: 'a', level: 'fatal', what: 'unhandled error: x', count: 1 }], gaveUp: [] } },
    ],
  ])('%s', (_, broken) => {
    expect(isWhole(whole())).toBe(true);
    expect(isWhole(whole(broken))).toBe(false);
    expect(reportJson(whole(broken))).toMatchObject({ whole: false });
  });
});
