import { expect, test } from 'vitest';
import type { BenchReport } from '../run-bench.ts';
import { comparison } from './comparison.ts';
import { historyLines, merged } from './results.ts';

const machine = { cpu: 'x', cores: 2, memoryGiB: 8, kernel: '6', loadBefore: 0 };

function report(commit: string, at: string, names: string[], change: Partial<BenchReport> = {}): BenchReport {
  const suites = Object.fromEntries(names.map((name) => [name, { valid: true, commit, runAt: at, perSecond: 1 }]));
  return { at, machine, versions: {}, commit, suites, ...change };
}

const earlier = report('aaa', '2026-01-01T00:00:00Z', ['holds', 'joins-0']);
const later = report('bbb', '2026-01-02T00:00:00Z', ['journey', 'holds']);

test('a suite that a run left out keeps the commit and the run that it was measured in', () => {
  const { commit, suites } = merged(earlier, later);
  expect(commit).toBe('bbb');
  expect(Object.entries(suites).map(([name, record]) => [name, record.commit, record.runAt])).toEqual([
    ['joins-0', 'aaa', earlier.at],
    ['holds', 'bbb', later.at],
    ['journey', 'bbb', later.at],
  ]);
});

test('figures of another machine, or that name no commit, are left out', () => {
  const elsewhere = { ...earlier, machine: { ...machine, cores: 64 } };
  const unnamed = { ...earlier, suites: { 'joins-0': { valid: true } } };
  for (const other of [elsewhere, unnamed, null]) expect(merged(other, later).suites).toEqual(later.suites);
});

test('before and after compare within one run only', () => {
  const names = ['payments-http-peak', 'before-peak', 'before-peak-uncapped'];
  expect(comparison(report('a', 'now', names).suites)).not.toEqual([]);
  const mixed = { ...report('a', 'now', names).suites, ...report('b', 'later', ['payments-http-peak']).suites };
  expect(comparison(mixed)).toEqual([]);
});

test('the history has a line per suite of the run, under the date and commit of the run', () => {
  expect(historyLines(later)).toBe('2026-01-02,bbb,journey,,,yes\n2026-01-02,bbb,holds,,,yes\n');
});
