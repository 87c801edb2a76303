import { expect, test } from 'vitest';
import type { SuiteRecord } from '../measure/record.ts';
import { suites } from '../suites/index.ts';
import { targetLines, targetText } from './targets.ts';

const times = (p50: number, p95: number, p99: number) => ({ p50, p95, p99, max: p99 });
const contention = (change: Partial<SuiteRecord>): Record<string, SuiteRecord> => ({
  'holds-contention': { valid: true, perSecond: 4_990, answerMs: times(5, 40, 60), ...change },
});

test('a rate is met by 99 % of it, a bound by what is within it, and each stands beside its target', () => {
  expect(targetLines(contention({}))).toEqual([
    { suite: 'holds-contention', what: 'answered', wanted: '≥ 5000/s', found: '4990/s', met: true },
    { suite: 'holds-contention', what: 'answer p95', wanted: '≤ 50 ms', found: '40 ms', met: true },
  ]);
  expect(targetLines(contention({ answerMs: times(5, 51, 60) })).map(({ met }) => met)).toEqual([true, false]);
});

test('a record that does not count meets nothing, and what was not measured is missed', () => {
  expect(targetLines(contention({ valid: false })).map(({ met }) => met)).toEqual([false, false]);
  const unmeasured = targetLines({ sockets: { valid: true } });
  expect(unmeasured.map(({ found, met }) => [found, met])).toEqual(Array(3).fill(['not measured', false]));
  expect(targetText(unmeasured)).toContain('0 of 3 targets are met');
});

test('the peak is held against the old way with its cap and without', () => {
  const record = (perSecond: number, p50: number): SuiteRecord => ({
    valid: true,
    perSecond,
    settledPerSecond: perSecond,
    answerMs: times(p50, p50, p50),
    inFlight: 1,
    cpuMicrosPerOp: { total: 1 },
  });
  const lines = targetLines({
    'payments-http-peak': record(2_000, 20),
    'before-peak': record(190, 2_500),
    'before-peak-uncapped': record(1_000, 2_600),
  }).filter(({ what }) => what.includes('before'));
  expect(lines.map(({ found, met }) => [found, met])).toEqual([
    ['10.53', true],
    ['0.8 %', true],
    ['2', false],
    ['0.77 %', true],
  ]);
});

test('every suite that a target names exists', () => {
  const named = targetLines(Object.fromEntries(suites.map(({ name }) => [name, { valid: true }])));
  const withTargets = new Set(named.map(({ suite }) => suite));
  expect([...withTargets].filter((suite) => !suites.some(({ name }) => name === suite))).toEqual([]);
  expect(withTargets.size).toBeGreaterThanOrEqual(14);
});
