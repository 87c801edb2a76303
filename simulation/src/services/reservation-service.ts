import {
  type BlockCommand,
  blockSeats,
  unblockSeats,
} from '../../../apps/reservation-service/src/application/block-seats.ts';
import { CancelReservations } from '../../../apps/reservation-service/src/application/cancel-reservations.ts';
import { cancelSchedule, endCancelledShow } from '../../../apps/reservation-service/src/application/cancel-schedule.ts';
import { changeSchedule } from '../../../apps/reservation-service/src/application/change-schedule.ts';
import { HoldSeats } from '../../../apps/reservation-service/src/application/hold-seats.ts';
import type { Observer, Tx } from '../../../apps/reservation-service/src/application/ports.ts';
import { RequestPayments } from '../../../apps/reservation-service/src/application/request-payments.ts';
import { ScheduleTermsCache } from '../../../apps/reservation-service/src/application/schedule-terms.ts';
import { sweepDue } from '../../../apps/reservation-service/src/application/sweep-due.ts';
import { backgroundJobs } from '../../../apps/reservation-service/src/inbound/jobs/jobs.ts';
import { CONSUMER_GROUP, subscriptions } from '../../../apps/reservation-service/src/inbound/kafka/subscriptions.ts';
import type { Tables } from '../../../apps/reservation-service/test/memory/memory-database.ts';
import { memoryTx } from '../../../apps/reservation-service/test/memory/memory-tx.ts';
import type { SimulatedDatabase, UniqueKeysOf } from '../database/simulated-database.ts';
import { logger, messagingOf, type Runtime } from '../runtime.ts';
import { HOLD_LIMIT, MAX_BATCH, TIMES } from '../times.ts';

const SHOWS_PER_RUN = 10;
// Small, so that even a small show ends in several transactions.
const MAX_SHOW_BATCH = 2;
const ENDED_PER_SECOND = 20;

export type ReservationDatabase = SimulatedDatabase<Tables, Tx>;

export const emptyReservationTables = (): Tables => ({
  concerts: new Map(),
  schedules: new Map(),
  reservations: new Map(),
  claims: new Map(),
  seatMaps: new Map(),
  steps: new Map(),
  audit: [],
  outbox: [],
});

export const bindReservationTx = (tables: Tables, afterCommit: (callback: () => void) => void): Tx => ({
  ...memoryTx(tables, []),
  afterCommit,
});

/** As in its prisma/schema.prisma. */
export const reservationUniqueKeys: UniqueKeysOf<Tables> = {
  concerts: ({ sample }) => (sample === null ? [] : [`sample ${sample}`]),
  reservations: ({ userId, scheduleId, liveSlot, holdKey }) => [
    ...(liveSlot === null ? [] : [`slot ${scheduleId} ${liveSlot} ${userId}`]),
    ...(holdKey === null ? [] : [`hold key ${holdKey} ${userId}`]),
  ],
};

/** reservation-service, as its app.ts builds it, without HTTP and Redis. */
export function reservationService(
  runtime: Runtime,
  database: ReservationDatabase,
  onInconsistent: (what: string, detail: Record<string, unknown>) => void,
) {
  const { clock, ids, life } = runtime;
  const { link, relay, leadership, consumer } = messagingOf(runtime, (nudge) => database.connect(life, nudge));
  const { unitOfWork } = link;
  const observer: Observer = {
    applied: () => {},
    alreadyApplied: () => {},
    rejected: () => {},
    foreign: () => {},
    inconsistent: onInconsistent,
    republished: () => {},
    decided: () => {},
  };
  const times = { ...TIMES, republishAfterMs: runtime.drawn.republishAfterMs };
  const common = { unitOfWork, clock, ids, observer };
  const limits = { maxBatch: MAX_BATCH, maxQueued: 1_000 };
  const schedules = new ScheduleTermsCache(
    { read: (asked) => link.read((tables) => memoryTx(tables, []).schedules.find(asked)).then((found) => found) },
    clock,
    TIMES.scheduleMaxAgeMs,
  );
  const holds = new HoldSeats({
    ...common,
    schedules,
    // As without Redis: the claim alone decides.
    locks: { tryLock: async () => ({ release: async () => {} }) },
    terms: { holdLimit: HOLD_LIMIT, holdTtlMs: TIMES.holdTtlMs },
    limits,
  });
  const payments = new RequestPayments({ ...common, times, limits });
  const cancellations = new CancelReservations({ ...common, limits });
  const jobs = backgroundJobs({
    leadership: leadership('jobs'),
    clock,
    logger,
    sweepIntervalMs: TIMES.sweepIntervalMs,
    maxBatch: MAX_BATCH,
    useCases: {
      sweepDue: () => sweepDue({ ...common, times, maxBatch: MAX_BATCH }),
      cancelledShows: () => unitOfWork.run((tx) => tx.schedules.findCancelling(SHOWS_PER_RUN)),
      endCancelledShow: async (id, mayGoOn) => {
        await endCancelledShow(id, { ...common, maxBatch: MAX_SHOW_BATCH, perSecond: ENDED_PER_SECOND, mayGoOn });
      },
      pruneSeatChanges: async () => 0,
    },
  });
  const outcomes = consumer(CONSUMER_GROUP, subscriptions({ ...common, maxBatch: MAX_BATCH }));
  const operations = {
    async changeSchedule(change: Parameters<typeof changeSchedule>[0]) {
      const verdict = await changeSchedule(change, common);
      schedules.forget(change.scheduleId);
      return verdict;
    },
    async cancelSchedule(cancellation: Parameters<typeof cancelSchedule>[0]) {
      const schedule = await cancelSchedule(cancellation, common);
      schedules.forget(cancellation.scheduleId);
      jobs.showCancelled();
      return schedule;
    },
    blockSeats: (command: BlockCommand) => blockSeats(command, common),
    unblockSeats: (command: BlockCommand) => unblockSeats(command, common),
  };
  return {
    operations,
    holds,
    payments,
    cancellations,
    async start() {
      relay.start();
      await outcomes.start();
      jobs.start();
    },
    async close() {
      await outcomes.stop();
      await Promise.all([holds.drain(), payments.drain(), cancellations.drain()]);
      await jobs.stop();
      await relay.drain();
      await relay.stop();
    },
  };
}

export type ReservationService = ReturnType<typeof reservationService>;
