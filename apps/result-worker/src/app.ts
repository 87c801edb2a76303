import {
  ConsumerRunner,
  MessageProducer,
  MysqlOutbox,
  MysqlOutboxStore,
  OutboxRelay,
  openKafka,
} from '@stagedoor/messaging';
import {
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
  PeriodicJob,
  startTracing,
  uuidv7Ids,
} from '@stagedoor/platform';
import { DeadLetters } from './application/dead-letters.ts';
import { DryRuns } from './application/dry-runs.ts';
import { ExpirySweeper } from './application/expiry-sweeper.ts';
import { prune } from './application/prune.ts';
import type { Config } from './config.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { appServer } from './inbound/http/server.ts';
import { CONSUMER_GROUP, subscriptions } from './inbound/kafka/subscriptions.ts';
import { kafkaPartitionFinder } from './outbound/kafka/partition-finder.ts';
import { kafkaResultBacklog } from './outbound/kafka/result-backlog.ts';
import { PrismaDeadLetterReader } from './outbound/mysql/dead-letter-reader.ts';
import { PrismaPaymentReader } from './outbound/mysql/payment-reader.ts';
import { mysqlResultTx } from './outbound/mysql/result-tx.ts';
import { mysqlDueFinder, mysqlGauges, mysqlPruner } from './outbound/mysql/upkeep.ts';
import { prometheusResultMetrics, registerGauges } from './outbound/prometheus/result-metrics.ts';

const NAME = 'result-worker';
// How long another replica waits for one that died; renewed when a third is left.
const LEASE_MS = 6_000;
// Dead letters can be a megabyte each.
const DEAD_LETTERS_PER_TRANSACTION = 20;
// Of three partitions for each of six topics, with what the consumer keeps in hand of each.
const MAX_QUEUED_DEAD_LETTERS = 50_000;
const PRUNED_PER_TRANSACTION = 500;
const PRUNED_PER_RUN = 50_000;
const DAY_MS = 86_400_000;
// Looks that lie further apart than this many intervals leave an outage between them unseen.
const UNSEEN_INTERVALS = 5;

/** Builds the whole app; nothing is connected or listening before start(). */
export function buildApp(config: Config) {
  const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const metrics = createMetrics(NAME);
  const ids = uuidv7Ids;
  const database = openDatabase(config, logger);
  measurePool(database.pool, config.MYSQL_POOL_SIZE, metrics);
  const clock = new DatabaseClock({ pool: database.pool, logger });
  const prisma = new PrismaClient({ adapter: database.adapter });
  const kafka = openKafka(config, logger, { clientId: NAME, clock });
  const producer = new MessageProducer(kafka, { metrics });
  const leases = new Leases(database);
  const holder = ids.next();
  const relay = new OutboxRelay({
    store: new MysqlOutboxStore(database.pool),
    producer,
    leadership: new Leadership(leases, 'outbox-0', holder, LEASE_MS, clock),
    clock,
    logger,
    metrics,
  });
  const keeping = { keepDays: config.DECISION_KEEP_DAYS };
  const unitOfWork = new MysqlUnitOfWork(database, (sql) =>
    mysqlResultTx(sql, new MysqlOutbox(sql, () => relay.nudge()), keeping),
  );
  const statements = new MysqlUnitOfWork(database, (sql) => sql);
  const resultMetrics = prometheusResultMetrics(metrics);
  registerGauges(metrics, mysqlGauges(statements), clock);
  const deciding = { clock, ids, metrics: resultMetrics };
  const deadLetters = new DeadLetters({
    unitOfWork,
    ...deciding,
    maxBatch: DEAD_LETTERS_PER_TRANSACTION,
    maxQueued: MAX_QUEUED_DEAD_LETTERS,
  });
  const consumer = new ConsumerRunner({
    broker: kafka,
    group: CONSUMER_GROUP,
    subscriptions: subscriptions({
      ...deciding,
      unitOfWork,
      deadLetters,
      maxBatch: config.COMMIT_MAX_BATCH,
      paymentTimeoutMs: config.PAYMENT_TIMEOUT_MS,
    }),
    producer,
    clock,
    logger,
    metrics,
    maxInFlightPerPartition: config.CONSUMER_MAX_IN_FLIGHT,
  });
  const leadership = new Leadership(leases, 'sweeper', holder, LEASE_MS, clock);
  const sweeper = new ExpirySweeper({
    ...deciding,
    unitOfWork,
    backlog: kafkaResultBacklog(kafka, CONSUMER_GROUP),
    due: mysqlDueFinder(statements),
    leadership,
    logger,
    maxBatch: config.COMMIT_MAX_BATCH,
    graceMs: config.EXPIRY_GRACE_MS,
    bounds: {
      maxGapMs: UNSEEN_INTERVALS * config.SWEEP_INTERVAL_MS,
      recoveryGraceMs: config.KAFKA_RECOVERY_GRACE_MS,
    },
  });
  const sweeping = new PeriodicJob({
    name: 'expiry',
    intervalMs: config.SWEEP_INTERVAL_MS,
    clock,
    logger,
    run: async (signal) => {
      const taken = await sweeper.sweep(signal);
      if (taken > 0) logger.info({ payments: taken }, 'payments expired without a result');
    },
  });
  const pruning = new PeriodicJob({
    name: 'pruning',
    intervalMs: config.PRUNE_INTERVAL_MS,
    clock,
    logger,
    run: async (signal) => {
      const removed = await prune(
        {
          pruner: mysqlPruner(statements),
          leadership,
          clock,
          keepMs: config.DECISION_KEEP_DAYS * DAY_MS,
          maxBatch: PRUNED_PER_TRANSACTION,
          maxPerRun: PRUNED_PER_RUN,
        },
        signal,
      );
      if (removed > 0) logger.info({ rows: removed }, 'old decisions and refunds removed');
    },
  });
  const letters = new PrismaDeadLetterReader(prisma);
  const payments = new PrismaPaymentReader(prisma);
  const server = appServer({
    config,
    logger,
    metrics,
    readiness: { database: () => database.ping() },
    verifier: createTokenVerifier(config, logger),
    deadLetters,
    dryRuns: new DryRuns({
      letters,
      payments,
      partitions: kafkaPartitionFinder(kafka),
      clock,
      paymentTimeoutMs: config.PAYMENT_TIMEOUT_MS,
    }),
    letters,
    payments,
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
      sweeping.start();
      pruning.start();
      logger.info({ port }, 'listening');
      return port;
    },

    /** In reverse: no more requests, no more messages, what is in hand committed and sent, connections closed. */
    async close(): Promise<void> {
      await server.close();
      await consumer.stop();
      await deadLetters.drain();
      await Promise.all([sweeping.stop(), pruning.stop()]);
      await leadership.release().catch((error) => logger.warn({ err: error }, 'lease not released, it will lapse'));
      await relay.drain();
      await relay.stop();
      await producer.close();
      await kafka.close();
      await clock.stop();
      await prisma.$disconnect();
      await database.close();
      await stopTracing();
    },
  };
}
