import type { InvariantReport } from '@stagedoor/testkit';
import type { Tally } from '../crowd/tally.ts';
import type { AppliedFault } from './faults/injector.ts';
import type { JournalEntry } from './journal/entries.ts';
import type { LostEntry } from './journal/lost-entries.ts';
import { crashesOf, type ServiceLogs } from './logs/service-logs.ts';
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
  logs: ServiceLogs;
}

/** Longest list of any one thing that is printed; a program reads all of it. */
const LISTED = 30;

/** What the tally times besides single calls. */
const SPANS = new Set(['join to admission', 'pay to outcome']);

const right = (text: string | number, width: number): string => String(text).padStart(width);

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(1));

/** The middle and the largest of what was seen, and how often it was not seen before the crowd had gone. */
function spread(times: readonly (number | null)[]): {
  median: number | undefined;
  most: number | undefined;
  unseen: number;
} {
  const seen = times.filter((time) => time !== null).sort((a, b) => a - b);
  return { median: seen[Math.floor((seen.length - 1) / 2)], most: seen.at(-1), unseen: times.length - seen.length };
}

export const isWhole = ({ invariants, lost, logs }: ChaosResult): boolean =>
  invariants.violations.length === 0 &&
  invariants.openRefunds.length === 0 &&
  lost.length === 0 &&
  crashesOf(logs).length === 0;

function faultTable({ faults }: ChaosResult): string[] {
  const rows = ALL_KINDS.flatMap((kind) => {
    const these = faults.filter(({ fault }) => fault.kind === kind);
    if (these.length === 0) return [];
    const success = spread(these.map(({ recovery }) => recovery.firstSuccessMs));
    const normal = spread(these.map(({ recovery }) => recovery.normalMs));
    const cells = [success, normal].flatMap(({ median, most, unseen }) => [
      right(seconds(median), 10),
      right(seconds(most), 10),
      right(unseen === 0 ? '-' : unseen, 10),
    ]);
    return [`  ${kind.padEnd(10)}${right(these.length, 6)}${cells.join('')}`];
  });
  return [
    'faults, and the seconds from their end until',
    `  ${'kind'.padEnd(10)}${right('count', 6)}${right('all calls succeed', 30)}${right('p95 is normal', 30)}`,
    `  ${' '.repeat(16)}${['median', 'max', 'not seen', 'median', 'max', 'not seen'].map((name) => right(name, 10)).join('')}`,
    ...rows,
  ];
}

const countBy = <T>(items: readonly T[], name: (item: T) => string): [string, number][] =>
  [...Map.groupBy(items, name)].map(([key, of]): [string, number] => [key, of.length]);

/** What the services said went wrong, most frequent first. */
function logLines({ logs }: ChaosResult): string[] {
  const crashes = crashesOf(logs);
  return [
    'the services logged as errors',
    ...(logs.errors.length === 0 ? ['  nothing'] : []),
    ...logs.errors.slice(0, LISTED).map(({ count, service, what }) => `  ${right(count, 8)}  ${service}: ${what}`),
    ...(logs.errors.length > LISTED ? [`  and ${logs.errors.length - LISTED} others`] : []),
    ...logs.gaveUp.map(({ count, process, how }) => `  ${right(count, 8)}  ${process} gave up (${how})`),
    ...(crashes.length === 0 ? [] : [`  CRASHED: ${crashes.map(({ service }) => service).join(', ')}`]),
  ];
}

/** What a run came to, for reading. */
export function reportText(result: ChaosResult): string {
  const { tally, journal, lost, invariants, drainedMs } = result;
  const calls = tally.latencies.reduce((sum, [what, { count }]) => sum + (SPANS.has(what) ? 0 : count), 0);
  const errors = tally.counts.filter(([what]) => what.startsWith('error: '));
  const failed = errors.reduce((sum, [, count]) => sum + count, 0);
  const lines = [
    '',
    `seed ${result.seed}, ${result.lengthMs / 60_000} minutes, ${result.replicas} of each service`,
    '',
    ...faultTable(result),
    '',
    `${calls - failed} calls served; errors that fans saw, and tried again after: ${failed}`,
    ...(errors.length === 0 ? ['  none'] : errors.map(([what, count]) => `  ${right(count, 8)}  ${what.slice(7)}`)),
    '',
    'what happened',
    ...tally.counts
      .filter(([what]) => !what.startsWith('error: '))
      .map(([what, count]) => `  ${right(count, 8)}  ${what}`),
    '',
    ...logLines(result),
    '',
    `${result.expiredThoughCharged.length} payments charged, expired all the same, and given back`,
    `at rest ${seconds(drainedMs)} s after the last fault`,
    'invariants I1 to I10',
    `  looked at: ${Object.entries(invariants.counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    invariants.violations.length === 0 ? '  whole' : `  BROKEN: ${invariants.violations.length}`,
    ...invariants.violations.slice(0, LISTED).map(({ invariant, detail }) => `  ${invariant}: ${detail}`),
    ...invariants.openRefunds.slice(0, LISTED).map((key) => `  a refund is still open: ${key}`),
    `journal of what fans were told: ${countBy(journal, ({ what }) => what)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    lost.length === 0 ? '  all of it kept' : `  LOST: ${lost.length}`,
    ...lost.slice(0, LISTED).map(({ entry, why }) => `  ${why}: ${JSON.stringify(entry)}`),
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
  logs: result.logs,
});
