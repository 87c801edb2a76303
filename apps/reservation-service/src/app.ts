import { ConsumerRunner, MessageProducer, MysqlOutboxStore, OutboxRelay, openKafka } from '@stagedoor/messaging';
import {
  createAdmissionVerifier,
  createLogger,
  createMetrics,
  createTokenVerifier,
  DatabaseClock,
  Leadership,
  Leases,
  listen,
  MysqlUnitOfWork,
  measureBatches,
  measurePool,
  openDatabase,
  openRedis,
  startTracing,
  uuidv7Ids,
} from '@stagedoor/platform';
import { blockSeats, unblockSeats } from './application/block-seats.ts';
import { CancelReservations } from './application/cancel-reservations.ts';
import { cancelSchedule, endCancelledShow } from './application/cancel-schedule.ts';
import { changeSchedule } from './application/change-schedule.ts';
import { HoldSeats } from './application/hold-seats.ts';
import type { Tx } from './application/ports.ts';
import { publishConcert } from './application/publish-concert.ts';
import { Rankings } from './application/rankings.ts';
import { RequestPayments } from './application/request-payments.ts';
import { publishSample } from './application/sample-concert.ts';
import { ScheduleTermsCache } from './application/schedule-terms.ts';
import { SeatMapView } from './application/seat-map-view.ts';
import { sweepDue } from './application/sweep-due.ts';
import type { Config } from './config.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { appServer } from './inbound/http/server.ts';
import type { Operations } from './inbound/http/service.ts';
import { backgroundJobs, sampleJob } from './inbound/jobs/jobs.ts';
import { CONSUMER_GROUP, subscriptions } from './inbound/kafka/subscriptions.ts';
import { MysqlSeatMapQueries } from './outbound/mysql/mysql-seat-map-queries.ts';
import { mysqlTx } from './outbound/mysql/mysql-tx.ts';
import {
  PrismaCancellationQueries,
  PrismaCatalogueQueries,
  PrismaReservationQueries,
  PrismaSalesQueries,
  PrismaScheduleSource,
} from './outbound/mysql/prisma-queries.ts';
import { pruneSeatChanges } from './outbound/mysql/prune-seat-changes.ts';
import { prometheusObserver } from './outbound/prometheus/prometheus-observer.ts';
import { RedlockSeatLocks } from './outbound/redis/redlock-seat-locks.ts';

const NAME = 'reservation-service';
// How long another replica waits for the outbox, or the jobs, of one that died; renewed when a third is left.
const LEASE_MS = 6_000;
// Cancelled shows that the job works on in one run.
const SHOWS_PER_RUN = 10;

/** Builds the whole app; nothing is listening before start(). */
export function buildApp(config: Config) {
  const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const metrics = createMetrics(NAME);
  const ids = uuidv7Ids;
  const observer = prometheusObserver(metrics, logger);
  const database = openDatabase(config, logger);
  measurePool(database.pool, config.MYSQL_POOL_SIZE, metrics);
  const clock = new DatabaseClock({ pool: database.pool, logger });
  const prisma = new PrismaClient({ adapter: database.adapter });
  const redis = openRedis(config, { logger });
  const kafka = openKafka(config, logger, { clientId: NAME, clock });
  const producer = new MessageProducer(kafka, { metrics });
  const leases = new Leases(database);
  const holder = ids.next();
  const outboxLeadership = new Leadership(leases, 'outbox-0', holder, LEASE_MS, clock);
  const jobLeadership = new Leadership(leases, 'jobs', holder, LEASE_MS, clock);
  const relay = new OutboxRelay({
    store: new MysqlOutboxStore(database.pool),
    producer,
    leadership: outboxLeadership,
    clock,
    logger,
    metrics,
  });

  const seatMaps = new SeatMapView({
    queries: new MysqlSeatMapQueries(database),
    clock,
    maxAgeMs: config.SEAT_MAP_MAX_AGE_MS,
  });
  const unitOfWork = new MysqlUnitOfWork<Tx>(database, (sql) =>
    mysqlTx(sql, {
      seatMapChanged: (scheduleId) => seatMaps.changed(scheduleId),
      messagesAdded: () => relay.nudge(),
    }),
  );
  const schedules = new ScheduleTermsCache(new PrismaScheduleSource(prisma), clock, config.SCHEDULE_MAX_AGE_MS);
  const redisUp = metrics.gauge({ name: 'reservation_seat_locks_available', help: '1 while Redis gives seat locks' });
  redisUp.set(1);
  const locks = new RedlockSeatLocks({
    redis,
    prefix: config.REDIS_PREFIX,
    clock,
    logger,
    ttlMs: config.SEAT_LOCK_TTL_MS,
    timeoutMs: config.SEAT_LOCK_TIMEOUT_MS,
    pauseMs: config.SEAT_LOCK_PAUSE_MS,
    onAvailable: (available) => redisUp.set(Number(available)),
  });

  const times = {
    paymentTimeoutMs: config.PAYMENT_TIMEOUT_MS,
    republishAfterMs: config.REPUBLISH_AFTER_MS,
    republishLongestMs: config.REPUBLISH_LONGEST_MS,
  };
  const maxBatch = config.COMMIT_MAX_BATCH;
  const limitsOf = (name: string) => ({
    maxBatch,
    maxQueued: config.COMMIT_MAX_QUEUED,
    onBatch: measureBatches(metrics, name),
  });
  const common = { unitOfWork, clock, ids, observer };
  const terms = { holdLimit: config.HOLD_LIMIT, holdTtlMs: config.HOLD_TTL_MS };
  const holds = new HoldSeats({ ...common, schedules, locks, terms, limits: limitsOf('hold') });
  const payments = new RequestPayments({ ...common, times, limits: limitsOf('payment-request') });
  const cancellations = new CancelReservations({ ...common, limits: limitsOf('cancellation') });

  const jobs = backgroundJobs({
    leadership: jobLeadership,
    clock,
    logger,
    sweepIntervalMs: config.SWEEP_INTERVAL_MS,
    maxBatch,
    useCases: {
      sweepDue: () => sweepDue({ ...common, times, maxBatch }),
      cancelledShows: () => unitOfWork.run((tx) => tx.schedules.findCancelling(SHOWS_PER_RUN)),
      endCancelledShow: async (id, mayGoOn) => {
        await endCancelledShow(id, { ...common, maxBatch, perSecond: config.CANCELLATIONS_PER_SECOND, mayGoOn });
      },
      pruneSeatChanges: () => pruneSeatChanges(database),
    },
  });
  const sample = sampleJob(() => publishSample(common), clock, logger);

  const operations: Operations = {
    publishConcert: (plan, actor) => publishConcert(plan, { actor }, common),
    async changeSchedule(change) {
      const verdict = await changeSchedule(change, common);
      schedules.forget(change.scheduleId);
      return verdict;
    },
    async cancelSchedule(cancellation) {
      const schedule = await cancelSchedule(cancellation, common);
      schedules.forget(cancellation.scheduleId);
      jobs.showCancelled();
      return schedule;
    },
    blockSeats: (command) => blockSeats(command, common),
    unblockSeats: (command) => unblockSeats(command, common),
  };
  const server = appServer({
    config,
    logger,
    metrics,
    readiness: { database: () => database.ping() },
    limits: { scheduleMaxSeats: config.SCHEDULE_MAX_SEATS, blockMaxSeats: config.BLOCK_MAX_SEATS },
    service: {
      clock,
      fans: createTokenVerifier(config, logger),
      admissions: createAdmissionVerifier(config, logger),
      holds,
      payments,
      cancellations,
      reservations: new PrismaReservationQueries(prisma),
      catalogue: new PrismaCatalogueQueries(prisma),
      cancelledShows: new PrismaCancellationQueries(prisma),
      schedules,
      seatMaps,
      rankings: new Rankings(new PrismaSalesQueries(prisma), clock, config.RANKING_MAX_AGE_MS),
      operations,
    },
  });
  const consumer = new ConsumerRunner({
    broker: kafka,
    group: CONSUMER_GROUP,
    subscriptions: subscriptions({ ...common, maxBatch }),
    producer,
    clock,
    logger,
    metrics,
    maxInFlightPerPartition: config.CONSUMER_MAX_IN_FLIGHT,
  });

  let stopTracing = async () => {};
  return {
    server,
    logger,
    metrics,

    /** Answers the port that is listened on. */
    async start(): Promise<number> {
      await clock.start();
      stopTracing = await startTracing(config, NAME, logger);
      const port = await listen(server, config);
      await producer.connect();
      relay.start();
      await consumer.start();
      jobs.start();
      if (config.SAMPLE_CONCERT) sample.start();
      logger.info({ port }, 'listening');
      return port;
    },

    /** In reverse: no more requests, no more messages, what is in hand committed and sent, connections closed. */
    async close(): Promise<void> {
      await server.close();
      await consumer.stop();
      await Promise.all([holds.drain(), payments.drain(), cancellations.drain()]);
      await Promise.all([sample.stop(), jobs.stop()]);
      await relay.drain();
      await relay.stop();
      await jobLeadership.release().catch((error: unknown) => logger.warn({ err: error }, 'lease not given back'));
      await producer.close();
      await kafka.close();
      redis.disconnect();
      await clock.stop();
      await prisma.$disconnect();
      await database.close();
      await stopTracing();
    },
  };
}
