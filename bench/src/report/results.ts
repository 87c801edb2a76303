import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteRecord } from '../measure/record.ts';
import type { BenchReport } from '../run-bench.ts';
import { reportHtml } from './html.ts';

const BENCH = join(import.meta.dirname, '../..');
const RESULTS = join(BENCH, 'results');
const HISTORY = join(BENCH, 'history.csv');
const HISTORY_HEAD = 'date,commit,suite,cpu_micros_per_op,times_floor,valid\n';

/** Numbers as they are read: a tenth of a microsecond is noise. */
const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;

export const reportJson = (report: BenchReport): string => `${JSON.stringify(report, rounded, 2)}\n`;

/** One line per suite: a loss is seen by its figure, whatever machine it was measured on. */
export const historyLines = ({ at, commit, suites }: BenchReport): string =>
  Object.entries(suites)
    .map(([name, { cpuMicrosPerOp, timesFloor, valid }]: [string, SuiteRecord]) =>
      [
        at.slice(0, 10),
        commit,
        name,
        cpuMicrosPerOp?.total?.toFixed(0) ?? '',
        timesFloor?.toFixed(2) ?? '',
        valid ? 'yes' : 'no',
      ].join(','),
    )
    .map((line) => `${line}\n`)
    .join('');

/**
 * Writes what the repository keeps of the last recorded run, and a line per suite into its history. A run of some suites
 * replaces theirs and leaves the others'.
 */
export function record(report: BenchReport): string {
  mkdirSync(RESULTS, { recursive: true });
  const latest = join(RESULTS, 'latest.json');
  const others = existsSync(latest) ? (JSON.parse(readFileSync(latest, 'utf8')) as BenchReport).suites : {};
  const merged: BenchReport = { ...report, suites: { ...others, ...report.suites } };
  writeFileSync(latest, reportJson(merged));
  writeFileSync(join(RESULTS, 'report.html'), reportHtml(merged));
  if (!existsSync(HISTORY)) writeFileSync(HISTORY, HISTORY_HEAD);
  appendFileSync(HISTORY, historyLines(report));
  return join(RESULTS, 'report.html');
}
