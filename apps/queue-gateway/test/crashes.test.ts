import { type DomainEvent, type ReservationStatus, topics } from '@stagedoor/contracts';
import { isTransient, Problem } from '@stagedoor/platform';
import { received } from '@stagedoor/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reconcile } from '../src/application/reconciliation.ts';
import { type Fault, SCHEDULE, waitingRoomInMemory } from './doubles/waiting-room-in-memory.ts';

/** One thing that happens; the number says to whom, or by which replica. */
type Step =
  | { kind: 'join' | 'leave' | 'buy'; fan: number; faults: Fault[] }
  | { kind: 'turn'; replica: number; faults: Fault[] }
  | { kind: 'two turns at once' | 'turn on the side'; faults: Fault[] }
  | { kind: 'lose the line' }
  | { kind: 'wait'; ms: number };

const FANS = 12;
const faults = fc.array(fc.constantFrom<Fault>('none', 'none', 'none', 'before', 'after', 'stall'), { maxLength: 8 });
const fan = fc.nat(FANS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('join' as const), fan, faults }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), fan, faults }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('buy' as const), fan, faults }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('turn' as const), replica: fc.nat(1), faults }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('two turns at once' as const), faults }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn on the side' as const), faults }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose the line' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_000) }) },
);

/** Failing is allowed, in the ways that a caller is told of. */
function expected(error: unknown): void {
  const cause = error instanceof AggregateError ? error.errors[0] : error;
  if (isTransient(cause)) return;
  if (cause instanceof Problem && ['UNAVAILABLE', 'NOT_IN_QUEUE'].includes(cause.code)) return;
  throw error;
}

/** A waiting room in which things happen, and what its fans know. */
async function play(steps: readonly Step[]) {
  const room = waitingRoomInMemory({ ratePerSecond: 20, maxInside: 5 });
  await room.open();
  /** The ticket that each fan holds; a fan who has left, or bought, holds none. */
  const tickets = new Map<number, string>();
  /** Turns that go on while other things happen. */
  const onTheSide: Promise<void>[] = [];
  let version = 0;
  const nameOf = (number: number) => ({ scheduleId: SCHEDULE, userId: `fan-${number}` });

  const buy = async (userId: string) => {
    const [admission] = room.store.admissions.filter((one) => one.userId === userId && one.endedAt === null);
    if (admission === undefined) return;
    const reservationId = room.ids.next();
    for (const status of ['TEMPORARY_ASSIGNED', 'CONFIRMED'] as const) {
      const event = received(
        topics.domainEvents,
        reservationEvent(userId, reservationId, status, ++version, room.clock.now()),
      );
      // Kafka gives it again until it is processed.
      for (let attempt = 0; attempt < 20; attempt++) {
        try {
          await room.run(() => room.replicas[attempt % 2 === 0 ? 0 : 1].events.process(event));
          break;
        } catch (error) {
          expected(error);
        }
      }
    }
  };

  for (const one of steps) {
    room.faults.length = 0;
    if ('faults' in one) room.faults.push(...one.faults);
    const [a, b] = room.replicas;
    for (const { directory } of room.replicas) await directory.refresh().catch(expected);
    try {
      switch (one.kind) {
        case 'join': {
          const { answer } = await room.run(() => a.places.join(nameOf(one.fan), tickets.get(one.fan)));
          tickets.set(one.fan, answer.ticket);
          break;
        }
        case 'leave':
          if (!tickets.has(one.fan)) break;
          // Whoever asked to leave does not come back for the place, whatever the answer was.
          tickets.delete(one.fan);
          await room.run(() => b.endings.leave(nameOf(one.fan)));
          break;
        case 'buy':
          await buy(nameOf(one.fan).userId);
          break;
        case 'turn':
          await room.run(() => room.replicas[one.replica === 0 ? 0 : 1].loop.turn());
          break;
        case 'two turns at once': {
          const turns = await room.run(() => Promise.allSettled([a.loop.turn(), b.loop.turn()]));
          for (const turn of turns) if (turn.status === 'rejected') expected(turn.reason);
          break;
        }
        case 'turn on the side':
          onTheSide.push(b.loop.turn().catch(expected));
          break;
        case 'lose the line':
          room.line.lose(SCHEDULE);
          break;
        case 'wait':
          await room.clock.advance(one.ms);
      }
    } catch (error) {
      expected(error);
    }
  }
  room.faults.length = 0;
  await room.run(() => Promise.all(onTheSide));
  return { ...room, tickets, nameOf, buy };
}

test('whatever step dies: nobody is lost, nobody is admitted twice, every event is written once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const room = await play(steps);
      const { replicas, store, line, tickets } = room;
      const [a] = replicas;

      // From here on everything works, and whoever holds a ticket polls and shows it.
      for (let round = 0; round < 60; round++) {
        await a.directory.refresh();
        for (const [number, ticket] of tickets) {
          const place = await room.run(() => a.places.locate(room.nameOf(number), ticket));
          if (place.kind === 'WAITING') continue;
          // Admitted now, or before and done since.
          tickets.delete(number);
        }
        if (tickets.size === 0) break;
        await room.run(() => a.loop.turn());
        await reconcile(SCHEDULE, line, store);
        for (const { userId } of store.admissions.filter(({ endedAt }) => endedAt === null)) await room.buy(userId);
        await room.clock.advance(200);
      }
      expect(tickets.size).toBe(0);
      await room.run(() => a.loop.turn());
      await reconcile(SCHEDULE, line, store);

      const admissions = store.admissions;
      const count = (type: string) =>
        store.outbox
          .filter(({ headers }) => headers['event-type'] === type)
          .map(({ value }) => JSON.parse(value).data.admissionId);
      expect(count('queue.admitted').sort()).toEqual(admissions.map(({ id }) => id).sort());
      expect(count('queue.left').sort()).toEqual(
        admissions
          .filter(({ endedAt }) => endedAt !== null)
          .map(({ id }) => id)
          .sort(),
      );
      const open = admissions.filter(({ endedAt }) => endedAt === null);
      expect(new Set(open.map(({ userId }) => userId)).size).toBe(open.length);
      expect((await line.inside(SCHEDULE)).map(({ admissionId }) => admissionId).sort()).toEqual(
        open.map(({ id }) => id).sort(),
      );
      const told = room.told
        .filter(({ news }) => news.type === 'queue.admitted')
        .map(({ news }) => 'admissionId' in news && news.admissionId);
      expect(new Set(told).size).toBe(told.length);
    }),
    { numRuns: 500 },
  );
}, 120_000);

test('without a loss, everybody is admitted in the order of joining', async () => {
  const keptLine = step.filter(
    ({ kind }) => kind === 'join' || kind === 'turn' || kind === 'two turns at once' || kind === 'wait',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(keptLine, { maxLength: 60 }), async (steps) => {
      const { store } = await play(steps);
      const sequences = store.admissions.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    }),
    { numRuns: 100 },
  );
}, 120_000);

function reservationEvent(
  userId: string,
  reservationId: string,
  status: ReservationStatus,
  version: number,
  occurredAt: Date,
): DomainEvent {
  return {
    eventId: reservationId,
    type: status === 'CONFIRMED' ? 'reservation.confirmed' : 'reservation.held',
    scheduleId: SCHEDULE,
    occurredAt: occurredAt.toISOString(),
    data: { reservationId, userId, seatNumber: 1, amount: 1_000, status, reason: null, version },
  };
}
