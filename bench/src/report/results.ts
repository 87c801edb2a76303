import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteRecord } from '../measure/record.ts';
import type { BenchReport } from '../run-bench.ts';
import { suites } from '../suites/index.ts';
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
 * What the repository keeps after a run of some suites: theirs, and of the others what they came to before, under the
 * commit and the run that each carries. Figures of another machine are left out: they would stand under this one's name.
 */
export function merged(earlier: BenchReport | null, report: BenchReport): BenchReport {
  const sameMachine = earlier !== null && machineName(earlier.machine) === machineName(report.machine);
  const others = Object.entries(sameMachine ? earlier.suites : {}).filter(([, { commit, runAt }]) => commit && runAt);
  return { ...report, suites: inOrder({ ...Object.fromEntries(others), ...report.suites }) };
}

const machineName = ({ cpu, cores, memoryGiB }: BenchReport['machine']): string => `${cpu} ${cores} ${memoryGiB}`;

/** In the order in which suites run, whichever was measured last. */
function inOrder(records: Record<string, SuiteRecord>): Record<string, SuiteRecord> {
  const place = (name: string): number => {
    const known = suites.findIndex((suite) => suite.name === name);
    return known === -1 ? suites.findLastIndex((suite) => name.startsWith(suite.name)) : known;
  };
  return Object.fromEntries(Object.entries(records).sort(([a], [b]) => place(a) - place(b)));
}

/** What the repository keeps; null where nothing was recorded yet. */
export function recorded(): BenchReport | null {
  const latest = join(RESULTS, 'latest.json');
  return existsSync(latest) ? (JSON.parse(readFileSync(latest, 'utf8')) as BenchReport) : null;
}

/** Writes what the repository keeps, and a line for each suite of this run into its history. */
export function record(report: BenchReport): string {
  mkdirSync(RESULTS, { recursive: true });
  const kept = merged(recorded(), report);
  writeFileSync(join(RESULTS, 'latest.json'), reportJson(kept));
  writeFileSync(join(RESULTS, 'report.html'), reportHtml(kept));
  if (!existsSync(HISTORY)) writeFileSync(HISTORY, HISTORY_HEAD);
  appendFileSync(HISTORY, historyLines(report));
  return join(RESULTS, 'report.html');
}
