import { type Clock, type Leadership, type Logger, PeriodicJob, RateLimitedLog } from '@stagedoor/platform';
import type { AdmissionLoop } from '../../application/admission-loop.ts';
import type { Endings } from '../../application/endings.ts';
import type { Upkeep } from '../../application/upkeep.ts';
import type { FanSessions } from '../ws/fan-sessions.ts';

/** How often what is done, in ms. */
export interface JobIntervals {
  admission: number;
  endings: number;
  reconciliation: number;
  refresh: number;
  pruning: number;
  ping: number;
  overdue: number;
}

// Ended in one transaction.
const ENDINGS_PER_RUN = 500;

/** What the waiting room does by itself. Those jobs that all replicas would do alike are the leader's. */
export function waitingRoomJobs(parts: {
  loop: AdmissionLoop;
  endings: Endings;
  upkeep: Upkeep;
  sessions: FanSessions;
  leadership: Leadership;
  intervals: JobIntervals;
  clock: Clock;
  logger: Logger;
}): PeriodicJob[] {
  const { loop, endings, upkeep, sessions, leadership, intervals, clock, logger } = parts;
  const log = new RateLimitedLog(logger);

  const job = (name: string, intervalMs: number, work: () => Promise<void>): PeriodicJob =>
    new PeriodicJob({
      name,
      intervalMs,
      clock,
      logger,
      run: async () => {
        try {
          await work();
        } catch (error) {
          // No growing pauses: when a server is back fans should not wait for us, and one room that fails must not
          // hold up the others.
          log.error({ err: error, job: name }, 'will be tried again');
        }
      },
    });
  const ifLeader = (work: () => Promise<void>) => async (): Promise<void> => {
    if (await leadership.isLeader()) await work();
  };

  return [
    job('refresh', intervals.refresh, () => upkeep.refresh()),
    job(
      'admission',
      intervals.admission,
      ifLeader(() => loop.turn()),
    ),
    job(
      'endings',
      intervals.endings,
      ifLeader(async () => {
        while ((await endings.endLapsed(ENDINGS_PER_RUN)) === ENDINGS_PER_RUN);
      }),
    ),
    job(
      'reconciliation',
      intervals.reconciliation,
      ifLeader(() => upkeep.reconcile()),
    ),
    job(
      'pruning',
      intervals.pruning,
      ifLeader(() => upkeep.prune()),
    ),
    job('ping', intervals.ping, async () => {
      for (const connection of sessions.hub.all()) connection.ping();
    }),
    job('overdue', intervals.overdue, async () => {
      await sessions.tellClosed();
      await sessions.catchUp();
      await sessions.checkOverdue();
    }),
  ];
}
