import type { DomainEvent } from '@stagedoor/contracts';
import { ManualClock, TransientError } from '@stagedoor/platform';
import { AdmissionLoop } from '../../src/application/admission-loop.ts';
import { DepartedPlaces } from '../../src/application/departed-places.ts';
import { DomainEvents } from '../../src/application/domain-events.ts';
import { Endings } from '../../src/application/endings.ts';
import { EventEffects } from '../../src/application/event-effects.ts';
import { PlaceAnswers } from '../../src/application/place-answers.ts';
import { Places } from '../../src/application/places.ts';
import type { PersonalNews, Pushes } from '../../src/application/pushes.ts';
import type { QueueMetrics } from '../../src/application/queue-metrics.ts';
import { RoomDirectory } from '../../src/application/room-directory.ts';
import { RoomPreparation } from '../../src/application/room-preparation.ts';
import { SpentPlaces } from '../../src/application/spent-places.ts';
import type { WaitingLine } from '../../src/application/waiting-line.ts';
import { newRoom } from '../../src/domain/room.ts';
import { HmacTickets } from '../../src/outbound/tokens/hmac-tickets.ts';
import { MemoryQueueStore } from './memory-queue-store.ts';
import { MemoryWaitingLine } from './memory-waiting-line.ts';

/** What happens to a step: it is done; it is not; it is done, and nobody hears of it; it is done late. */
export type Fault = 'none' | 'before' | 'after' | 'stall';

export const SCHEDULE = 7;
const TTL_MS = 600_000;
const BLOCK = 20;
const STALL_MS = 1_000;

const silent: QueueMetrics = {
  joined() {},
  admitted() {},
  ended() {},
  room() {},
  liveRooms() {},
  event() {},
  connections() {},
  connectionDropped() {},
};

/** The whole application over line and store in memory, with two replicas and steps that can fail. */
export function waitingRoomInMemory(room: { ratePerSecond: number; maxInside: number }) {
  const clock = new ManualClock();
  const line = new MemoryWaitingLine(clock);
  const store = new MemoryQueueStore();
  let lastId = 0;
  const ids = { next: () => `00000000-0000-7000-8000-${String(++lastId).padStart(12, '0')}` };
  const told: { userId: string; news: PersonalNews }[] = [];
  const faults: Fault[] = [];
  const tickets = new HmacTickets('x'.repeat(32));

  const failing = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, property) {
        const member = Reflect.get(object, property, object) as unknown;
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]) => {
          const fault = faults.shift() ?? 'none';
          if (fault === 'stall') await clock.sleep(STALL_MS);
          if (fault === 'before') throw new TransientError(`before ${String(property)}`);
          const result: unknown = await member.apply(object, args);
          if (fault === 'after') throw new TransientError(`after ${String(property)}`);
          return result;
        };
      },
    });

  const replica = () => {
    const shaky: WaitingLine = failing(line);
    const database = failing(store);
    const pushes: Pushes = {
      tell: async (userId, news) => void told.push({ userId, news }),
      announce: async () => true,
      departed: async () => {},
      missed: async () => ({ seq: 0, news: [] }),
      newest: async () => 0,
      newestOfRoom: async () => 0,
      reservations: async () => [],
    };
    const directory = new RoomDirectory(store, clock);
    const bounds = { blockSize: BLOCK, recoverMs: 0 };
    const preparation = new RoomPreparation({
      line: shaky,
      unitOfWork: database,
      reads: database,
      directory,
      clock,
      bounds,
    });
    const answers = new PlaceAnswers({
      directory,
      tickets,
      tokens: { sign: ({ id }) => `token ${id}` },
      polls: { minMs: 1, maxMs: 10 },
      clock,
    });
    const departed = new DepartedPlaces();
    const spent = new SpentPlaces(database);
    const parts = {
      line: shaky,
      unitOfWork: database,
      reads: database,
      directory,
      preparation,
      pushes,
      departed,
      ids,
      clock,
    };
    const effects = new EventEffects({
      unitOfWork: database,
      clock,
      ids,
      seed: () => ({ seed: '', seedHash: '' }),
      defaults: room,
    });
    return {
      directory,
      places: new Places({ ...parts, spent, tickets, answers, metrics: silent, onFailure: () => {} }),
      endings: new Endings({ ...parts, metrics: silent }),
      loop: new AdmissionLoop({
        ...parts,
        bounds: { ttlMs: TTL_MS, maxPerTurn: 100, announceEveryMs: 1_000 },
        metrics: silent,
      }),
      events: new DomainEvents({
        effects,
        line: shaky,
        pushes,
        directory,
        metrics: silent,
        clock,
        newsKeptMs: 3_600_000,
      }),
    };
  };
  const replicas = [replica(), replica()] as const;

  /** Runs something while time goes on. */
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    let done = false;
    const result = work().finally(() => {
      done = true;
    });
    result.catch(() => {});
    while (!done) await clock.advance(10);
    return result;
  };

  const open = async (): Promise<void> => {
    const data = { ...scheduleData, opensAt: new Date(clock.now().getTime() - 1_000).toISOString() };
    const made = newRoom({ scheduleId: SCHEDULE, occurredAt: clock.now(), data }, room);
    await store.run((tx) => tx.rooms.insertNew([made], () => ({ seed: '', seedHash: '' }), clock.now()));
    for (const { directory } of replicas) await directory.refresh();
  };

  return { clock, line, store, ids, told, faults, tickets, replicas, run, open };
}

const scheduleData: Extract<DomainEvent, { data: { concertId: number } }>['data'] = {
  concertId: 1,
  title: 'A concert',
  venue: 'A hall',
  startsAt: '2027-01-01T00:00:00.000Z',
  opensAt: '2026-01-01T00:00:00.000Z',
  salesEndAt: null,
  seatsTotal: 500,
  status: 'ON_SALE',
  reason: null,
};
