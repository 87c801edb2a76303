import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { RunResult } from './run.ts';

/** What one worker runs: every `stride`-th seed. */
export interface Share {
  from: number;
  to: number;
  stride: number;
}

/** What many runs came to. */
export interface Tally {
  runs: number;
  steps: number;
  statuses: Record<string, number>;
  /** Without their traces. */
  failed: Pick<RunResult, 'seed' | 'broken'>[];
}

export const emptyTally = (): Tally => ({ runs: 0, steps: 0, statuses: {}, failed: [] });

/** Adds up, in `into`. */
export function addTally(into: Tally, { runs, steps, statuses, failed }: Tally): void {
  into.runs += runs;
  into.steps += steps;
  into.failed.push(...failed);
  for (const [status, count] of Object.entries(statuses)) into.statuses[status] = (into.statuses[status] ?? 0) + count;
}

/**
 * Runs the seeds on all cores.
 * @param onProgress told the tally so far
 * @throws Error when a worker dies
 */
export async function runMany(
  seeds: { from: number; runs: number },
  onProgress: (tally: Tally) => void,
): Promise<Tally> {
  const tally = emptyTally();
  const workers = Math.min(availableParallelism(), seeds.runs);
  await Promise.all(
    Array.from({ length: workers }, (_, n) => {
      const share: Share = { from: seeds.from + n, to: seeds.from + seeds.runs, stride: workers };
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
      return new Promise<void>((resolve, reject) => {
        worker.on('message', (part: Tally) => {
          addTally(tally, part);
          onProgress(tally);
        });
        worker.on('error', reject);
        worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`))));
      });
    }),
  );
  tally.failed.sort((a, b) => a.seed - b.seed);
  return tally;
}
