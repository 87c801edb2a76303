import { expect, test } from 'vitest';
import { UNTOLD } from './bystanders.ts';
import { complaintsAbout, overloadText } from './report.ts';
import type { OverloadReport } from './run-overload.ts';

const quick = { p50: 10, p95: 20, p99: 30, max: 40 };
const answers = {
  offered: 20,
  accepted: 10,
  byStatus: { 202: 10, 503: 10 },
  lateMs: quick,
  acceptedMs: quick,
  refusedMs: quick,
};
const borne: OverloadReport = {
  capacityPerSecond: 10,
  overload: { ...answers, offeredPerSecond: 20, seconds: 1, acceptedPerSecond: 10 },
  settled: { CONFIRMED: 10 },
  settledAfterSeconds: 1,
  ordinary: { perSecond: 2, before: answers, after: answers },
  secondsToNormal: 0,
  memoryMib: { 'payment-worker': { start: 200, peak: 300, end: 250 }, mariadb: { start: 200, peak: 2_000, end: 250 } },
  bystanders: { calls: { wallet: { byStatus: { 200: 5, 503: 5 }, answerMs: quick } }, sockets: { opened: 5, lost: 0 } },
  violations: [],
};
const { overload, bystanders } = borne;
const slow = { ...quick, p95: 13_000 };

test('an overload that was borne gives no cause for complaint', () => {
  expect(complaintsAbout(borne)).toEqual([]);
  expect(overloadText(borne)).toContain('it bore it');
});

test.each<[string, Partial<OverloadReport>]>([
  ['neither 202 nor 503: 0: 1', { overload: { ...overload, byStatus: { 202: 10, 503: 9, 0: 1 } } }],
  ['nothing was refused', { overload: { ...overload, byStatus: { 202: 20 } } }],
  ['refused after 13000 ms', { overload: { ...overload, refusedMs: slow } }],
  ['accepted after 13000 ms', { overload: { ...overload, acceptedMs: slow } }],
  ['not settled: 1', { settled: { CONFIRMED: 9, 'not settled': 1 } }],
  ['not back to normal', { secondsToNormal: null }],
  ['not back to normal', { secondsToNormal: 11 }],
  ['payment-worker grew', { memoryMib: { 'payment-worker': { start: 200, peak: 800, end: 250 } } }],
  [
    'without Retry-After',
    { bystanders: { ...bystanders, calls: { wallet: { byStatus: { [UNTOLD]: 1 }, answerMs: quick } } } },
  ],
  ['1 WebSockets were lost', { bystanders: { ...bystanders, sockets: { opened: 5, lost: 1 } } }],
  ['I2: r-1', { violations: ['I2: r-1'] }],
])('a promise that is broken is told, and the run fails: %s', (complaint, broken) => {
  expect(complaintsAbout({ ...borne, ...broken })).toEqual([expect.stringContaining(complaint)]);
});
