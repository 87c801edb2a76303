import { ConsumerRunner, MessageProducer, MysqlOutboxStore, OutboxRelay, openKafka } from '@stagedoor/messaging';
import {
  ConfigError,
  createAdmissionSigner,
  createFanTokenSigner,
  createLogger,
  createMetrics,
  createTokenVerifier,
  DatabaseClock,
  Leadership,
  Leases,
  listen,
  MysqlUnitOfWork,
  measurePool,
  openDatabase,
  openRedis,
  readSigningKey,
  startTracing,
  uuidv7Ids,
} from '@stagedoor/platform';
import { AdmissionLoop } from './application/admission-loop.ts';
import { DepartedPlaces } from './application/departed-places.ts';
import { DomainEvents } from './application/domain-events.ts';
import { Endings } from './application/endings.ts';
import { EventEffects } from './application/event-effects.ts';
import { PlaceAnswers } from './application/place-answers.ts';
import { Places } from './application/places.ts';
import { RoomDirectory } from './application/room-directory.ts';
import { RoomPreparation } from './application/room-preparation.ts';
import { SpentPlaces } from './application/spent-places.ts';
import { Upkeep } from './application/upkeep.ts';
import { WaitingRooms } from './application/waiting-rooms.ts';
import type { Config } from './config.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { appServer } from './inbound/http/server.ts';
import { waitingRoomJobs } from './inbound/jobs/waiting-room-jobs.ts';
import { CONSUMER_GROUP, subscriptions } from './inbound/kafka/subscriptions.ts';
import { FanSessions } from './inbound/ws/fan-sessions.ts';
import { queueTx } from './outbound/mysql/mysql-queue-tx.ts';
import { PrismaQueueReads } from './outbound/mysql/prisma-queue-reads.ts';
import { prometheusQueueMetrics } from './outbound/prometheus/queue-metrics.ts';
import { RedisBroadcasts } from './outbound/redis/redis-broadcasts.ts';
import { RedisPushes } from './outbound/redis/redis-pushes.ts';
import { RedisWaitingLine } from './outbound/redis/redis-waiting-line.ts';
import { SignedAdmissionTokens } from './outbound/tokens/admission-tokens.ts';
import { HmacTickets } from './outbound/tokens/hmac-tickets.ts';
import { publishedKeys } from './outbound/tokens/published-keys.ts';
import { randomSeed } from './outbound/tokens/random-seed.ts';

const NAME = 'queue-gateway';
// How long another replica waits for the work of one that died; renewed when a third is left.
const OUTBOX_LEASE_MS = 6_000;
const ADMISSION_LEASE_MS = 3_000;
const PRUNING_INTERVAL_MS = 3_600_000;
const OVERDUE_INTERVAL_MS = 2_000;

/** Builds the whole app; nothing is listening before start(). */
export function buildApp(config: Config) {
  const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const metrics = createMetrics(NAME);
  const counted = prometheusQueueMetrics(metrics);
  const ids = uuidv7Ids;
  const holder = ids.next();

  const database = openDatabase(config, logger);
  measurePool(database.pool, config.MYSQL_POOL_SIZE, metrics);
  const clock = new DatabaseClock({ pool: database.pool, logger });
  const prisma = new PrismaClient({ adapter: database.adapter });
  const redis = openRedis(config, { logger });
  const subscriber = openRedis(config, { logger, subscriber: true });
  const kafka = openKafka(config, logger, { clientId: NAME, clock });
  const producer = new MessageProducer(kafka, { metrics });
  const leases = new Leases(database);
  const relay = new OutboxRelay({
    store: new MysqlOutboxStore(database.pool),
    producer,
    leadership: new Leadership(leases, 'outbox-0', holder, OUTBOX_LEASE_MS, clock),
    clock,
    logger,
    metrics,
  });
  const unitOfWork = new MysqlUnitOfWork(database, (sql) => queueTx(sql, () => relay.nudge()));
  const reads = new PrismaQueueReads(prisma);
  const line = new RedisWaitingLine(redis, config.REDIS_PREFIX);
  const pushes = new RedisPushes(redis, config.REDIS_PREFIX, config.NEWS_KEPT_MS);
  const broadcasts = new RedisBroadcasts(subscriber, config.REDIS_PREFIX, logger);
  const tickets = new HmacTickets(config.QUEUE_TICKET_SECRET, config.QUEUE_TICKET_OTHER_SECRETS);
  const tokens = new SignedAdmissionTokens(createAdmissionSigner(config));

  const directory = new RoomDirectory(reads, clock);
  const departed = new DepartedPlaces();
  broadcasts.onDeparted((fan, sequence) => departed.add(fan, sequence));
  broadcasts.onServing(({ scheduleId, serving }) => directory.noteServing(scheduleId, serving));
  const preparation = new RoomPreparation({
    line,
    unitOfWork,
    reads,
    directory,
    clock,
    bounds: { blockSize: config.SEQUENCE_BLOCK_SIZE, recoverMs: config.RECOVERY_MS },
  });
  const answers = new PlaceAnswers({
    directory,
    tickets,
    tokens,
    polls: { minMs: config.POLL_MIN_MS, maxMs: config.POLL_MAX_MS },
    clock,
  });
  const places = new Places({
    line,
    directory,
    preparation,
    spent: new SpentPlaces(reads),
    departed,
    tickets,
    reads,
    answers,
    clock,
    metrics: counted,
    onFailure: (error) => logger.warn({ err: error }, 'sequence numbers were not fetched ahead of need'),
  });
  const endings = new Endings({
    line,
    unitOfWork,
    directory,
    preparation,
    departed,
    pushes,
    ids,
    clock,
    metrics: counted,
  });
  const loop = new AdmissionLoop({
    line,
    unitOfWork,
    directory,
    preparation,
    pushes,
    ids,
    bounds: {
      ttlMs: config.ADMISSION_TTL_MS,
      maxPerTurn: config.ADMISSION_MAX_PER_TURN,
      announceEveryMs: config.POSITION_INTERVAL_MS,
    },
    metrics: counted,
  });
  const upkeep = new Upkeep({ line, reads, directory, metrics: counted, clock, retentionMs: config.RETENTION_MS });
  const effects = new EventEffects({
    unitOfWork,
    clock,
    ids,
    seed: randomSeed,
    defaults: { ratePerSecond: config.ADMISSION_RATE_PER_SECOND, maxInside: config.MAX_INSIDE },
  });
  const consumer = new ConsumerRunner({
    broker: kafka,
    group: CONSUMER_GROUP,
    subscriptions: subscriptions(
      new DomainEvents({
        effects,
        line,
        pushes,
        directory,
        metrics: counted,
        clock,
        newsKeptMs: config.NEWS_KEPT_MS,
      }),
    ),
    producer,
    clock,
    logger,
    metrics,
  });
  const sessions = new FanSessions({ places, answers, pushes, broadcasts, directory, clock, logger });
  const leadership = new Leadership(leases, 'admissions', holder, ADMISSION_LEASE_MS, clock);
  const jobs = waitingRoomJobs({
    loop,
    endings,
    upkeep,
    sessions,
    leadership,
    intervals: {
      admission: config.ADMISSION_INTERVAL_MS,
      endings: config.SWEEP_INTERVAL_MS,
      reconciliation: config.RECONCILE_INTERVAL_MS,
      refresh: config.REFRESH_INTERVAL_MS,
      pruning: PRUNING_INTERVAL_MS,
      ping: config.WS_PING_INTERVAL_MS,
      overdue: OVERDUE_INTERVAL_MS,
    },
    clock,
    logger,
  });
  const server = appServer({
    config,
    logger,
    metrics,
    // Without Redis polls are answered, without the database joins are; without the rooms nothing is.
    readiness: {
      rooms: async () => {
        if (!directory.isLoaded) throw new Error('the waiting rooms are not read yet');
      },
    },
    verifier: createTokenVerifier(config, logger),
    places,
    endings,
    rooms: new WaitingRooms({ unitOfWork, line, directory, clock, ids }),
    webSockets: {
      sessions,
      bounds: {
        maxConnections: config.WS_MAX_CONNECTIONS,
        maxConnectionsPerFan: config.WS_MAX_CONNECTIONS_PER_FAN,
        maxBufferedBytes: config.WS_MAX_BUFFERED_BYTES,
        maxMessagesPerSecond: config.WS_MAX_MESSAGES_PER_SECOND,
        maxSubscriptions: config.WS_MAX_SUBSCRIPTIONS,
      },
      metrics: counted,
      clock,
      logger,
    },
    publicKeys: publishedKeys(config.ADMISSION_PUBLIC_KEYS_FILE),
    devTokens: devTokenSigner(config),
  });

  let stopTracing = async () => {};
  return {
    server,
    logger,
    metrics,

    /** Answers the port that is listened on. */
    async start(): Promise<number> {
      await clock.start();
      broadcasts.start();
      // A first look, so that a replica that is listened to knows the rooms; where it fails, the job goes on trying.
      await upkeep
        .refresh()
        .catch((error: unknown) => logger.warn({ err: error }, 'the waiting rooms are not read yet'));
      stopTracing = await startTracing(config, NAME, logger);
      const port = await listen(server, config);
      for (const job of jobs) job.start();
      await producer.connect();
      relay.start();
      await consumer.start();
      logger.info({ port }, 'listening');
      return port;
    },

    /** In reverse: no more requests, no more messages, what is in hand committed and sent, connections closed. */
    async close(): Promise<void> {
      await server.close();
      await consumer.stop();
      await effects.drain();
      await Promise.all(jobs.map((job) => job.stop()));
      await leadership.release().catch((error: unknown) => logger.warn({ err: error }, 'lease not released'));
      await relay.drain();
      await relay.stop();
      await producer.close();
      await kafka.close();
      redis.disconnect();
      subscriber.disconnect();
      await clock.stop();
      await prisma.$disconnect();
      await database.close();
      await stopTracing();
    },
  };
}

function devTokenSigner(config: Config) {
  if (config.AUTH_MODE !== 'dev') return null;
  const { AUTH_DEV_PRIVATE_KEY_FILE: privateKey, AUTH_PUBLIC_KEYS_FILE: publicKeys } = config;
  if (privateKey === undefined || publicKeys === undefined) {
    throw new ConfigError(NAME, ['AUTH_MODE: dev needs AUTH_DEV_PRIVATE_KEY_FILE and AUTH_PUBLIC_KEYS_FILE']);
  }
  return createFanTokenSigner(readSigningKey(privateKey, publicKeys), config.AUTH_ISSUER);
}
