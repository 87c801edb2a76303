import { type Clock, type Leadership, type Logger, PeriodicJob } from '@stagedoor/platform';

/** What the jobs call. */
export interface JobUseCases {
  /** Answers how many reservations were due. */
  sweepDue(): Promise<number>;
  /** Ids of cancelled shows that still have something to end. */
  cancelledShows(): Promise<number[]>;
  endCancelledShow(scheduleId: number, mayGoOn: () => Promise<boolean>): Promise<void>;
  pruneSeatChanges(): Promise<number>;
}

export interface JobOptions {
  useCases: JobUseCases;
  /** One replica does the work; that it is one is only to save work, every step is safe with several. */
  leadership: Pick<Leadership, 'isLeader'>;
  clock: Clock;
  logger: Logger;
  sweepIntervalMs: number;
  /** As many as a full batch means that there may be more. */
  maxBatch: number;
}

const PRUNE_INTERVAL_MS = 10_000;

export interface Jobs {
  start(): void;
  /** To be called when a show was cancelled here, so that nobody waits for the interval. */
  showCancelled(): void;
  stop(): Promise<void>;
}

/** What this service does although nobody asks. */
export function backgroundJobs({ useCases, leadership, clock, logger, sweepIntervalMs, maxBatch }: JobOptions): Jobs {
  const job = (name: string, intervalMs: number, work: (signal: AbortSignal) => Promise<void>) =>
    new PeriodicJob({
      name,
      intervalMs,
      clock,
      logger,
      run: async (signal) => {
        if (await leadership.isLeader()) await work(signal);
      },
    });
  const sweeper = job('sweep of holds and payments', sweepIntervalMs, async (signal) => {
    while ((await useCases.sweepDue()) >= maxBatch && !signal.aborted && (await leadership.isLeader()));
  });
  const cancelledShows = job('ending of cancelled shows', sweepIntervalMs, async (signal) => {
    const mayGoOn = async () => !signal.aborted && (await leadership.isLeader());
    for (const id of await useCases.cancelledShows()) await useCases.endCancelledShow(id, mayGoOn);
  });
  const pruning = job('pruning of seat changes', PRUNE_INTERVAL_MS, async () => {
    await useCases.pruneSeatChanges();
  });
  const all = [sweeper, cancelledShows, pruning];
  return {
    start() {
      for (const each of all) each.start();
    },
    showCancelled: () => cancelledShows.nudge(),
    async stop() {
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}

const RETRY_INTERVAL_MS = 5_000;

/** Publishes the sample concert as soon as the database is there, then ends. */
export function sampleJob(publish: () => Promise<boolean>, clock: Clock, logger: Logger): PeriodicJob {
  const job: PeriodicJob = new PeriodicJob({
    name: 'sample concert',
    intervalMs: RETRY_INTERVAL_MS,
    clock,
    logger,
    run: async () => {
      if (await publish()) logger.info('published the sample concert');
      void job.stop();
    },
  });
  return job;
}
