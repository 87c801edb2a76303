import type { InvariantReport } from '@stagedoor/testkit';
import type { CrowdResult } from '../crowd/run.ts';
import type { Tally } from '../crowd/tally.ts';

const right = (text: string | number, width: number): string => String(text).padStart(width);
const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

/** What a run came to, for reading. */
export function reportText(result: CrowdResult, tally: Tally, invariants: InvariantReport | null): string {
  const { sales, soldOut, elapsedMs } = result;
  const lines = [
    '',
    `${sales.sold} of ${sales.total} seats sold in ${(elapsedMs / 1000).toFixed(1)} s${soldOut ? '' : ': NOT sold out'}`,
    '',
    'what happened',
    ...tally.counts.map(([what, count]) => `  ${right(count, 8)}  ${what}`),
    '',
    `latency in ms ${right('count', 20)}${right('p50', 9)}${right('p95', 9)}${right('p99', 9)}${right('max', 9)}`,
    ...tally.latencies.map(
      ([what, { count, p50, p95, p99, max }]) =>
        `  ${what.padEnd(20)} ${right(count, 11)}${[p50, p95, p99, max].map((value) => right(ms(value), 9)).join('')}`,
    ),
    '',
  ];
  if (invariants === null) return [...lines, 'invariants: not checked (no access to the databases)', ''].join('\n');
  const { violations, counts, openRefunds } = invariants;
  lines.push('invariants I1 to I10');
  lines.push(
    `  looked at: ${Object.entries(counts)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
  );
  if (openRefunds.length > 0) lines.push(`  refunds still open: ${openRefunds.length}`);
  lines.push(violations.length === 0 ? '  whole' : `  BROKEN: ${violations.length}`);
  for (const { invariant, detail } of violations.slice(0, 50)) lines.push(`  ${invariant}: ${detail}`);
  return [...lines, ''].join('\n');
}

/** The same for programs. */
export const reportJson = (
  result: CrowdResult,
  tally: Tally,
  invariants: InvariantReport | null,
  seed: number,
): object => ({
  seed,
  ...result,
  counts: Object.fromEntries(tally.counts),
  latenciesMs: Object.fromEntries(tally.latencies),
  invariants,
});
