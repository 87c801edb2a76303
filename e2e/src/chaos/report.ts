import type { InvariantReport } from '@stagedoor/testkit';
import type { Tally } from '../crowd/tally.ts';
import type { AppliedFault } from './faults/injector.ts';
import type { JournalEntry } from './journal/entries.ts';
import type { LostEntry } from './journal/lost-entries.ts';
import type { Recovery } from './recovery/recovery.ts';
import { ALL_KINDS } from './schedule/kinds.ts';

/** All that a run came to. */
export interface ChaosResult {
  seed: number;
  lengthMs: number;
  replicas: number;
  faults: { fault: AppliedFault; recovery: Recovery }[];
  tally: Tally;
  journal: readonly JournalEntry[];
  lost: readonly LostEntry[];
  /** Reservations that were charged, expired all the same, and were given their money back. */
  expiredThoughCharged: readonly string[];
  invariants: InvariantReport;
  /** From the last fault's end to a system at rest. */
  drainedMs: number;
}

const right = (text: string | number, width: number): string => String(text).padStart(width);

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(1));

/** The middle and the largest of what is known. */
function spread(times: readonly (number | null)[]): { median: number | undefined; most: number | undefined } {
  const known = times.filter((time) => time !== null).sort((a, b) => a - b);
  return { median: known[Math.floor((known.length - 1) / 2)], most: known.at(-1) };
}

export const isWhole = ({ invariants, lost }: ChaosResult): boolean =>
  invariants.violations.length === 0 && invariants.openRefunds.length === 0 && lost.length === 0;

function faultTable({ faults }: ChaosResult): string[] {
  const rows = ALL_KINDS.flatMap((kind) => {
    const these = faults.filter(({ fault }) => fault.kind === kind);
    if (these.length === 0) return [];
    const success = spread(these.map(({ recovery }) => recovery.firstSuccessMs));
    const normal = spread(these.map(({ recovery }) => recovery.normalMs));
    const cells = [success.median, success.most, normal.median, normal.most].map((ms) => right(seconds(ms), 10));
    return [`  ${kind.padEnd(10)}${right(these.length, 6)}${cells.join('')}`];
  });
  return [
    'faults, and the seconds from their end until',
    `  ${'kind'.padEnd(10)}${right('count', 6)}${right('all calls succeed', 20)}${right('p95 is normal', 20)}`,
    `  ${' '.repeat(16)}${['median', 'max', 'median', 'max'].map((name) => right(name, 10)).join('')}`,
    ...rows,
  ];
}

const countBy = <T>(items: readonly T[], name: (item: T) => string): [string, number][] =>
  [...Map.groupBy(items, name)].map(([key, of]): [string, number] => [key, of.length]);

/** What a run came to, for reading. */
export function reportText(result: ChaosResult): string {
  const { tally, journal, lost, invariants, drainedMs } = result;
  const served = tally.latencies.reduce((sum, [, { count }]) => sum + count, 0);
  const errors = tally.counts.filter(([what]) => what.startsWith('error: '));
  const lines = [
    '',
    ...faultTable(result),
    '',
    `${served} calls answered or failed; errors that fans saw, and tried again after`,
    ...(errors.length === 0 ? ['  none'] : errors.map(([what, count]) => `  ${right(count, 8)}  ${what.slice(7)}`)),
    '',
    'what happened',
    ...tally.counts
      .filter(([what]) => !what.startsWith('error: '))
      .map(([what, count]) => `  ${right(count, 8)}  ${what}`),
    '',
    `${result.expiredThoughCharged.length} payments charged, expired all the same, and given back`,
    `at rest ${seconds(drainedMs)} s after the last fault`,
    'invariants I1 to I10',
    `  looked at: ${Object.entries(invariants.counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    invariants.violations.length === 0 ? '  whole' : `  BROKEN: ${invariants.violations.length}`,
    ...invariants.violations.slice(0, 30).map(({ invariant, detail }) => `  ${invariant}: ${detail}`),
    ...invariants.openRefunds.slice(0, 30).map((key) => `  a refund is still open: ${key}`),
    `journal of what fans were told: ${countBy(journal, ({ what }) => what)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    lost.length === 0 ? '  all of it kept' : `  LOST: ${lost.length}`,
    ...lost.slice(0, 30).map(({ entry, why }) => `  ${why}: ${JSON.stringify(entry)}`),
    '',
  ];
  return lines.join('\n');
}

/** The same for programs. */
export const reportJson = (result: ChaosResult): object => ({
  seed: result.seed,
  lengthMs: result.lengthMs,
  replicas: result.replicas,
  whole: isWhole(result),
  faults: result.faults.map(({ fault: { beganAt, endedAt, ...fault }, recovery }) => ({
    ...fault,
    lastedMs: Math.round(endedAt - beganAt),
    ...recovery,
  })),
  counts: Object.fromEntries(result.tally.counts),
  latenciesMs: Object.fromEntries(result.tally.latencies),
  drainedMs: result.drainedMs,
  journaled: Object.fromEntries(countBy(result.journal, ({ what }) => what)),
  lost: result.lost,
  expiredThoughCharged: result.expiredThoughCharged,
  invariants: result.invariants,
});
