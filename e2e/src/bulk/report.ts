import type { BulkResult } from './run.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const right = (text: string | number, width: number): string => String(text).padStart(width);
const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/** What is not as it should be; nothing where all is well. */
export const failuresOf = ({ faults, invariants, other }: BulkResult): string[] => [
  ...faults,
  ...invariants.violations.map(({ invariant, detail }) => `${invariant}: ${detail}`),
  ...invariants.openRefunds.map((key) => `refund of ${key} is open`),
  ...[...other].flatMap(([phase, tally]) =>
    tally.counts.filter(([what]) => what !== 'bought').map(([what, count]) => `${phase}: ${count} ${what}`),
  ),
];

/** What a run came to, for reading. */
export function reportText(result: BulkResult, kills: number): string {
  const { held, pending, confirmed } = result.atCancellation;
  const failures = failuresOf(result);
  const { counts } = result.invariants;
  return [
    '',
    `sold        ${result.seats} seats in ${seconds(result.sellMs)}, ${Math.round((result.seats * 1000) / result.sellMs)}/s`,
    `cancelled   answered after ${ms(result.cancelAnswerMs)} ms; then live: ${confirmed} confirmed, ${pending} pending, ${held} held`,
    `ended       all after ${seconds(result.allEndedMs)}`,
    `refunded    ${result.refunds} of ${result.charges} charges, all after ${seconds(result.allRefundedMs)}`,
    `killed      ${kills} processes meanwhile`,
    '',
    `the other show, ms ${right('count', 17)}${['p50', 'p95', 'p99', 'max'].map((name) => right(name, 9)).join('')}`,
    ...[...result.other].flatMap(([phase, tally]) =>
      tally.latencies.map(
        ([what, { count, p50, p95, p99, max }]) =>
          `  ${`${phase}: ${what}`.padEnd(26)} ${right(count, 7)}${[p50, p95, p99, max].map((value) => right(ms(value), 9)).join('')}`,
      ),
    ),
    '',
    `looked at ${Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    failures.length === 0 ? 'I1 to I10 whole, everybody has their money back' : `BROKEN: ${failures.length}`,
    ...failures.slice(0, 50).map((failure) => `  ${failure}`),
    '',
  ].join('\n');
}

/** The same for programs. */
export const reportJson = (result: BulkResult, kills: number): object => ({
  ...result,
  kills,
  other: Object.fromEntries(
    [...result.other].map(([phase, tally]) => [
      phase,
      { counts: Object.fromEntries(tally.counts), latenciesMs: Object.fromEntries(tally.latencies) },
    ]),
  ),
});
