import type { Clock, Leadership, Logger, UnitOfWork } from '@stagedoor/platform';
import { endsRead, type Offsets, reached, unwatched, type WatchBounds } from '../domain/backlog.ts';
import { type DecisionDependencies, expireOverdue } from './decide-batch.ts';
import type { DueFinder, ResultBacklog, ResultTx } from './ports.ts';

/** How an ExpirySweeper is set up. */
export interface ExpirySweeperOptions extends DecisionDependencies {
  unitOfWork: UnitOfWork<ResultTx>;
  backlog: ResultBacklog;
  due: DueFinder;
  leadership: Pick<Leadership, 'isLeader'>;
  clock: Clock;
  logger: Logger;
  /** Most payments in one transaction. */
  maxBatch: number;
  /** How long after its deadline a payment's result may still be on its way to Kafka. */
  graceMs: number;
  bounds: WatchBounds;
}

/**
 * Expires payments that had no result in time (design §4.4), and only those: a row past its deadline goes once this app's
 * group has committed payment-results up to ends that were read after that deadline (and a grace). After an outage of
 * Kafka the ends count only once payment-worker's outbox has had time to empty; after one of this service the group has
 * to catch up first. What decides is the row's state under its lock, so two sweepers at once do no harm.
 */
export class ExpirySweeper {
  readonly #options: ExpirySweeperOptions;
  #watch = unwatched;
  #reachable = true;

  constructor(options: ExpirySweeperOptions) {
    this.#options = options;
  }

  /** One look. Answers how many payments it took up. */
  async sweep(signal?: AbortSignal): Promise<number> {
    const { leadership, due, backlog, clock, graceMs, bounds, metrics } = this.#options;
    if (!(await leadership.isLeader())) {
      this.#watch = unwatched;
      metrics.sweeping(false);
      return 0;
    }
    // Before the ends are asked for: they may be read at any time after that, never before.
    const readAt = clock.now();
    const ends = await this.#ends();
    if (ends === null) return 0;
    this.#watch = endsRead(this.#watch, { readAt, ends }, bounds);
    const { mark } = this.#watch;
    metrics.sweeping(mark !== null);
    if (mark === null) return 0;
    const before = new Date(mark.readAt.getTime() - graceMs);
    if ((await due.overdue(before, 1)).length === 0) {
      // Nobody waits for this reading: the next one may be newer.
      this.#watch = { ...this.#watch, mark: null };
      return 0;
    }
    if (!reached(mark.ends, await backlog.processed())) return 0;
    this.#watch = { ...this.#watch, mark: null };
    return this.#expire(before, signal);
  }

  async #expire(before: Date, signal: AbortSignal | undefined): Promise<number> {
    const { due, unitOfWork, maxBatch } = this.#options;
    let taken = 0;
    while (!signal?.aborted) {
      const overdue = await due.overdue(before, maxBatch);
      if (overdue.length === 0) break;
      await unitOfWork.run((tx) => expireOverdue(overdue, before, tx, this.#options));
      taken += overdue.length;
    }
    return taken;
  }

  /** Null while Kafka cannot be asked, which is said once and not with every look. */
  async #ends(): Promise<Offsets | null> {
    const { backlog, logger, metrics } = this.#options;
    try {
      const ends = await backlog.ends();
      if (!this.#reachable) logger.info('Kafka can be asked again');
      this.#reachable = true;
      return ends;
    } catch (error) {
      if (this.#reachable) logger.warn({ err: error }, 'Kafka cannot be asked: nothing is expired meanwhile');
      this.#reachable = false;
      this.#watch = unwatched;
      metrics.sweeping(false);
      return null;
    }
  }
}
