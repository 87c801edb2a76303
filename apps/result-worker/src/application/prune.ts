import type { Clock, Leadership } from '@stagedoor/platform';
import type { Pruner } from './ports.ts';

/** How pruning is set up. */
export interface PruneOptions {
  pruner: Pruner;
  leadership: Pick<Leadership, 'isLeader'>;
  clock: Clock;
  /** How long decisions and refunds are kept (design §4, "Keeping"). */
  keepMs: number;
  /** Most rows in one transaction. */
  maxBatch: number;
  /** Most rows in one run: what is left waits for the next, so that pruning never crowds out payments. */
  maxPerRun: number;
}

/** Removes what no message can come back for any more. Answers how many rows it removed. */
export async function prune(options: PruneOptions, signal?: AbortSignal): Promise<number> {
  const { pruner, leadership, clock, keepMs, maxBatch, maxPerRun } = options;
  if (!(await leadership.isLeader())) return 0;
  const now = clock.now();
  const steps = [
    (limit: number) => pruner.pruneDecisions(now, limit),
    (limit: number) => pruner.pruneRefunds(new Date(now.getTime() - keepMs), limit),
  ];
  let removed = 0;
  for (const step of steps) {
    while (!signal?.aborted && removed < maxPerRun) {
      const count = await step(Math.min(maxBatch, maxPerRun - removed));
      removed += count;
      if (count < maxBatch) break;
    }
  }
  return removed;
}
