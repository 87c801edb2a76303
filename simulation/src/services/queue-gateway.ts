import { AdmissionLoop } from '../../../apps/queue-gateway/src/application/admission-loop.ts';
import { DepartedPlaces } from '../../../apps/queue-gateway/src/application/departed-places.ts';
import { DomainEvents } from '../../../apps/queue-gateway/src/application/domain-events.ts';
import { Endings } from '../../../apps/queue-gateway/src/application/endings.ts';
import { EventEffects } from '../../../apps/queue-gateway/src/application/event-effects.ts';
import { PlaceAnswers } from '../../../apps/queue-gateway/src/application/place-answers.ts';
import { Places } from '../../../apps/queue-gateway/src/application/places.ts';
import type { Pruning, QueueReads, QueueTx, Tickets } from '../../../apps/queue-gateway/src/application/ports.ts';
import type { PersonalNews, Pushes } from '../../../apps/queue-gateway/src/application/pushes.ts';
import type { QueueMetrics } from '../../../apps/queue-gateway/src/application/queue-metrics.ts';
import { RoomDirectory } from '../../../apps/queue-gateway/src/application/room-directory.ts';
import { RoomPreparation } from '../../../apps/queue-gateway/src/application/room-preparation.ts';
import { SpentPlaces } from '../../../apps/queue-gateway/src/application/spent-places.ts';
import { Upkeep } from '../../../apps/queue-gateway/src/application/upkeep.ts';
import { waitingRoomJobs } from '../../../apps/queue-gateway/src/inbound/jobs/waiting-room-jobs.ts';
import { CONSUMER_GROUP, subscriptions } from '../../../apps/queue-gateway/src/inbound/kafka/subscriptions.ts';
import { memoryQueueReads } from '../../../apps/queue-gateway/test/doubles/memory-queue-reads.ts';
import { memoryQueueTx, type QueueTables } from '../../../apps/queue-gateway/test/doubles/memory-queue-tx.ts';
import type { DatabaseLink, SimulatedDatabase, UniqueKeysOf } from '../database/simulated-database.ts';
import { logger, messagingOf, type Runtime } from '../runtime.ts';
import { QUEUE_TIMES } from '../times.ts';
import type { SimulatedLine } from '../waiting-line.ts';

export type QueueDatabase = SimulatedDatabase<QueueTables, QueueTx>;

export const emptyQueueTables = (): QueueTables => ({
  rooms: new Map(),
  admissions: new Map(),
  departures: new Map(),
  audit: [],
  outbox: [],
});

export const bindQueueTx = (tables: QueueTables): QueueTx => memoryQueueTx(tables);

/** As in its prisma/schema.prisma. */
export const queueUniqueKeys: UniqueKeysOf<QueueTables> = {
  admissions: ({ scheduleId, userId, sequence }) => [`place ${scheduleId} ${sequence} ${userId}`],
};

const uncounted: QueueMetrics = {
  joined() {},
  admitted() {},
  ended() {},
  room() {},
  liveRooms() {},
  event() {},
  connections() {},
  connectionDropped() {},
};

/** Tickets that can be read: that nobody forges them is the business of outbound/tickets. */
const tickets: Tickets = {
  issue: ({ scheduleId, userId }, sequence) => `${scheduleId} ${sequence} ${userId}`,
  read: (ticket, { scheduleId, userId }) => {
    const [schedule, sequence, ...user] = ticket.split(' ');
    return Number(schedule) === scheduleId && user.join(' ') === userId ? Number(sequence) : null;
  },
};

/** Reads outside of transactions, and pruning, over the link to the database. */
export function queueReads(link: DatabaseLink<QueueTables, QueueTx>): QueueReads & Pruning {
  type Stored = ReturnType<typeof memoryQueueReads>;
  const ask = async <T>(question: (stored: Stored) => Promise<T>): Promise<T> =>
    await link.read((tables) => question(memoryQueueReads(tables)));
  return {
    roomsSince: (moment) => ask((stored) => stored.roomsSince(moment)),
    openAdmissions: (scheduleId) => ask((stored) => stored.openAdmissions(scheduleId)),
    spentSequences: (fans) => ask((stored) => stored.spentSequences(fans)),
    openAdmissionOf: (fan) => ask((stored) => stored.openAdmissionOf(fan)),
    pruneAdmissions: (before, limit) => ask((stored) => stored.pruneAdmissions(before, limit)),
    pruneDepartures: (before, limit) => ask((stored) => stored.pruneDepartures(before, limit)),
  };
}

/** How a room lets people in, in this world. */
export interface RoomTerms {
  ratePerSecond: number;
  maxInside: number;
}

/** What a queue-gateway is given besides its runtime. */
export interface QueueGatewayOptions {
  database: QueueDatabase;
  redis: SimulatedLine;
  terms: RoomTerms;
  /** Called with everything that a fan is told. */
  onTold(userId: string, news: PersonalNews): void;
}

/** queue-gateway, as its app.ts builds it, without HTTP, WebSockets and pruning. */
export function queueGateway(runtime: Runtime, { database, redis, terms, onTold }: QueueGatewayOptions) {
  const { clock, ids, life } = runtime;
  const { link, relay, leadership, consumer } = messagingOf(runtime, (nudge) => database.connect(life, nudge));
  const { unitOfWork } = link;
  const line = redis.connect(life);
  const reads = queueReads(link);
  const pushes: Pushes = {
    tell: async (userId, news) => onTold(userId, news),
    announce: async () => true,
    departed: async () => {},
    missed: async () => ({ seq: 0, news: [] }),
    newest: async () => 0,
    newestOfRoom: async () => 0,
    reservations: async () => [],
  };
  const directory = new RoomDirectory(reads, clock);
  const departed = new DepartedPlaces();
  const { blockSize, recoverMs } = QUEUE_TIMES;
  const preparation = new RoomPreparation({
    ...{ line, unitOfWork, reads, directory, clock },
    bounds: { blockSize, recoverMs },
  });
  const answers = new PlaceAnswers({
    ...{ directory, tickets, clock },
    tokens: { sign: ({ id }) => id },
    polls: { minMs: 100, maxMs: 1_000 },
  });
  const common = { line, unitOfWork, reads, directory, preparation, pushes, departed, ids, clock, metrics: uncounted };
  const places = new Places({ ...common, spent: new SpentPlaces(reads), tickets, answers, onFailure: () => {} });
  const endings = new Endings(common);
  const loop = new AdmissionLoop({
    ...common,
    bounds: { ttlMs: QUEUE_TIMES.admissionTtlMs, maxPerTurn: 20, announceEveryMs: 1_000 },
  });
  const upkeep = new Upkeep({ ...common, retentionMs: Number.MAX_SAFE_INTEGER });
  const effects = new EventEffects({
    ...common,
    seed: () => ({ seed: '', seedHash: '' }),
    defaults: terms,
  });
  const events = consumer(
    CONSUMER_GROUP,
    subscriptions(new DomainEvents({ ...common, effects, newsKeptMs: QUEUE_TIMES.newsKeptMs })),
  );
  const nobody = { tellClosed: async () => {}, catchUp: async () => {}, checkOverdue: async () => {} };
  const jobs = waitingRoomJobs({
    ...{ loop, endings, upkeep, clock, logger },
    sessions: { ...nobody, hub: { all: () => [] } } as never,
    leadership: leadership('admissions'),
    intervals: QUEUE_TIMES.intervals,
  });
  return {
    places,
    endings,
    async start() {
      await upkeep.refresh().catch(() => {});
      for (const job of jobs) job.start();
      relay.start();
      await events.start();
    },
    async close() {
      await events.stop();
      await effects.drain();
      await Promise.all(jobs.map((job) => job.stop()));
      await relay.drain();
      await relay.stop();
    },
  };
}

export type QueueGateway = ReturnType<typeof queueGateway>;
