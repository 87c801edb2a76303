import { renameSync, writeFileSync } from 'node:fs';
import { ToolError } from '../terminal/failures.ts';
import { type Kind, kinds } from './difference.ts';
import type { Reconciliation } from './reconcile.ts';

/**
 * What a run found, in Prometheus' text format: every kind that was looked for, also at 0, and when it ended.
 * @param only the kinds that were asked for; empty: all
 */
export function metricsText({ differences }: Reconciliation, only: readonly Kind[], now: Date): string {
  const looked = only.length > 0 ? only : (Object.keys(kinds) as Kind[]);
  const count = (kind: Kind): number => differences.filter((one) => one.kind === kind).length;
  return `${[
    '# HELP reconcile_differences What npm run reconcile found, by kind',
    '# TYPE reconcile_differences gauge',
    ...looked.map((kind) => `reconcile_differences{kind="${kind}"} ${count(kind)}`),
    '# HELP reconcile_finished_timestamp_seconds When it ended',
    '# TYPE reconcile_finished_timestamp_seconds gauge',
    `reconcile_finished_timestamp_seconds ${now.getTime() / 1000}`,
  ].join('\n')}\n`;
}

/** Whole or not at all: the node exporter, whose textfile collector it is for, may look at any moment. */
export function writeMetrics(file: string, text: string): void {
  const partial = `${file}.${process.pid}`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, file);
  } catch (error) {
    throw new ToolError(`the metrics cannot be written: ${(error as Error).message}`);
  }
}
