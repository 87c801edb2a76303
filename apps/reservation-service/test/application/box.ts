import type { DomainEvent, OutboundMessage, ReservationOutcome } from '@stagedoor/contracts';
import { chargeKeyOf, topics } from '@stagedoor/contracts';
import type { Clock, UnitOfWork } from '@stagedoor/platform';
import { ManualClock } from '@stagedoor/platform';
import { received } from '@stagedoor/testkit';
import { applyOutcomes } from '../../src/application/apply-outcomes.ts';
import { blockSeats, unblockSeats } from '../../src/application/block-seats.ts';
import { CancelReservations } from '../../src/application/cancel-reservations.ts';
import { cancelSchedule, endCancelledShow } from '../../src/application/cancel-schedule.ts';
import { HoldSeats } from '../../src/application/hold-seats.ts';
import type { Observer, ScheduleSource, SeatLocks, Tx } from '../../src/application/ports.ts';
import { RequestPayments } from '../../src/application/request-payments.ts';
import { ScheduleTermsCache } from '../../src/application/schedule-terms.ts';
import { settleRefunds } from '../../src/application/settle-refunds.ts';
import { sweepDue } from '../../src/application/sweep-due.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import { aPlan, at, HOLD_TTL_MS, times } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';

export const noObserver: Observer = {
  applied: () => {},
  alreadyApplied: () => {},
  rejected: () => {},
  foreign: () => {},
  inconsistent: () => {},
  republished: () => {},
  decided: () => {},
};

const everybodyPasses: SeatLocks = { tryLock: async () => ({ release: async () => {} }) };

/** Ids as this service gives them out, counted, so that a failing run is the same again. */
export function countingIds() {
  let count = 0;
  return { next: () => `0193b1f2-0000-7000-8000-${String(++count).padStart(12, '0')}` };
}

export interface BoxOptions {
  unitOfWork: UnitOfWork<Tx>;
  schedules: ScheduleSource;
  clock?: Clock;
  ids?: { next(): string };
  locks?: SeatLocks;
  observer?: Observer;
  maxBatch?: number;
  /** Reservations of a cancelled show; without a limit unless given. */
  endedPerSecond?: number;
}

/** All use cases over one store. */
export function box({ unitOfWork, schedules, ...given }: BoxOptions) {
  const clock = given.clock ?? new ManualClock(at(0));
  const ids = given.ids ?? countingIds();
  const observer = given.observer ?? noObserver;
  const maxBatch = given.maxBatch ?? 50;
  const common = { unitOfWork, clock, ids, observer };
  const limits = { maxBatch, maxQueued: 10_000 };
  const terms = new ScheduleTermsCache(schedules, clock, 1_000);
  const holds = new HoldSeats({
    ...common,
    limits,
    schedules: terms,
    locks: given.locks ?? everybodyPasses,
    terms: { holdLimit: 4, holdTtlMs: HOLD_TTL_MS },
  });
  const payments = new RequestPayments({ ...common, times, limits });
  const cancellations = new CancelReservations({ ...common, limits });
  return {
    clock,
    terms,
    hold: (userId: string, seatNumber: number, holdKey: string | null = null, scheduleId = 1) =>
      holds.hold({ userId, scheduleId, seatNumber, holdKey }),
    pay: (reservationId: string, userId: string, key: string) => payments.request({ reservationId, userId, key }),
    cancel: (reservationId: string, userId: string) =>
      cancellations.cancel({ reservationId, by: { role: 'fan', userId } }),
    outcomes: (...outcomes: ReservationOutcome[]) =>
      unitOfWork.run((tx) =>
        applyOutcomes(
          outcomes.map((outcome) => received(topics.reservationOutcomes, outcome)),
          tx,
          common,
        ),
      ),
    refunds: (...charges: { reservationId: string; chargeKey: string }[]) =>
      unitOfWork.run((tx) =>
        settleRefunds(
          charges.map((charge) => received(topics.refundResults, refundedOf(charge))),
          tx,
          common,
        ),
      ),
    sweep: () => sweepDue({ ...common, times, maxBatch }),
    block: (from: number, to: number, scheduleId = 1) => blockSeats({ scheduleId, from, to, actor: 'op' }, common),
    unblock: (from: number, to: number, scheduleId = 1) => unblockSeats({ scheduleId, from, to, actor: 'op' }, common),
    async cancelShow(scheduleId = 1) {
      await cancelSchedule({ scheduleId, reason: 'Rain', actor: 'op' }, common);
      terms.forget(scheduleId);
    },
    endCancelledShow: (scheduleId = 1, mayGoOn = async () => true) =>
      endCancelledShow(scheduleId, {
        ...common,
        maxBatch,
        perSecond: given.endedPerSecond ?? Number.POSITIVE_INFINITY,
        mayGoOn,
      }),
  };
}

export type Box = ReturnType<typeof box>;

/** A box over a database in memory with one show of 100 seats, of which the tables can be looked at. */
export async function memoryBox(options: Partial<BoxOptions> = {}) {
  const database = new MemoryDatabase();
  await database.run((tx) => tx.schedules.insertConcert(aPlan()));
  return { database, ...box({ unitOfWork: database, schedules: database, ...options }) };
}

export const outcomeOf = (reservation: Reservation, given: Partial<ReservationOutcome> = {}): ReservationOutcome => ({
  reservationId: reservation.id,
  userId: reservation.userId,
  scheduleId: reservation.scheduleId,
  seatNumber: reservation.seatNumber,
  outcome: 'CONFIRMED',
  reason: null,
  chargeKey: chargeKeyOf(reservation.id),
  amount: reservation.amount,
  decidedAt: at(0).toISOString(),
  ...given,
});

const refundedOf = ({ reservationId, chargeKey }: { reservationId: string; chargeKey: string }) => ({
  refundKey: `refund:${chargeKey}`,
  chargeKey,
  reservationId,
  userId: 'fan',
  status: 'REFUNDED' as const,
  balance: 0,
  processedAt: at(0).toISOString(),
});

/** The values on one topic, in the order in which they leave. */
export function sent<T>(outbox: OutboundMessage[][], topic: { name: string }): T[] {
  return outbox
    .flat()
    .filter((message) => message.topic === topic.name)
    .map(({ value }) => JSON.parse(value));
}

export const eventsOf = (outbox: OutboundMessage[][]): DomainEvent[] => sent(outbox, topics.domainEvents);
