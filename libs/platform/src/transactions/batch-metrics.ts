import type { Metrics } from '../runtime/metrics.ts';

const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** A GroupCommit's `onBatch`, as a histogram of the commands that shared a transaction. `name`: which commands. */
export function measureBatches(metrics: Metrics, name: string): (size: number) => void {
  const sizes = metrics.histogram({
    name: 'group_commit_batch_commands',
    help: 'Commands that shared one database transaction, by what they ask for',
    labels: ['name'],
    buckets: SIZES,
  });
  // Looked up once: a batch is nothing rare.
  const ofName = sizes.labels({ name });
  return (size) => ofName.observe(size);
}
