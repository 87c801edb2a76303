import type { Clock, Logger } from '@stagedoor/platform';
import type { BrokerConsumer } from '../ports.ts';
import type { AssignedPartition } from './assigned-partition.ts';

/** How OffsetCommits is set up. */
export interface OffsetCommitsOptions {
  consumer: Pick<BrokerConsumer, 'commit'>;
  clock: Clock;
  logger: Logger;
  intervalMs: number;
  /** The partitions of the present assignment. */
  assignment(): { epoch: number; partitions: Iterable<AssignedPartition> };
}

// While the broker is away the pause doubles up to this; the offsets only mean that more comes again.
const LONGEST_PAUSE_MS = 5_000;

/** Commits how far the assigned partitions are processed: one request at a time, not more often than the interval. */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  #scheduled = false;
  #hurry = new AbortController();
  #last: Promise<boolean> = Promise.resolve(true);
  #failures = 0;

  constructor(options: OffsetCommitsOptions) {
    this.#options = options;
  }

  /** Something was finished: commits within the interval. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void this.#later();
  }

  /** Commits at once what is finished by now. Resolves when that is done; false when it failed, and will come again. */
  flush(): Promise<boolean> {
    this.#hurry.abort();
    this.#hurry = new AbortController();
    this.#last = this.#last.then(() => this.#commit());
    return this.#last;
  }

  async #later(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const pauseMs = Math.min(intervalMs * 2 ** Math.min(this.#failures, 20), Math.max(intervalMs, LONGEST_PAUSE_MS));
    await clock.sleep(pauseMs, this.#hurry.signal);
    this.#scheduled = false;
    if (!(await this.flush())) this.schedule();
  }

  /** Never rejects. */
  async #commit(): Promise<boolean> {
    const { consumer, logger, assignment } = this.#options;
    const { epoch, partitions } = assignment();
    const offsets = [...partitions].flatMap((partition) =>
      partition.toCommit === undefined ? [] : [{ partition, offset: partition.toCommit }],
    );
    if (offsets.length === 0) return true;
    try {
      await consumer.commit(
        offsets.map(({ partition: { topic, partition }, offset }) => ({ topic, partition, offset })),
        epoch,
      );
    } catch (error) {
      // Over with its assignment: whoever has the partitions now starts from the commit before.
      if (assignment().epoch !== epoch) return true;
      this.#failures++;
      logger.warn({ err: error, failures: this.#failures }, 'offsets not committed, will be retried');
      return false;
    }
    this.#failures = 0;
    for (const { partition, offset } of offsets) partition.committed(offset);
    return true;
  }
}
