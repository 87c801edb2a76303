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
  measureBatches,
  measurePool,
  openDatabase,
  startTracing,
  uuidv7Ids,
} from '@stagedoor/platform';
import { paymentService } from './application/payment-service.ts';
import type { PaymentProvider } from './application/provider.ts';
import type { Config } from './config.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { appServer } from './inbound/http/server.ts';
import { CONSUMER_GROUP, subscriptions } from './inbound/kafka/subscriptions.ts';
import { HttpProvider } from './outbound/http-provider/http-provider.ts';
import { mysqlPaymentTx } from './outbound/mysql/payment-tx.ts';
import { PrismaWalletReader } from './outbound/mysql/wallet-reader.ts';
import { prometheusPaymentMetrics } from './outbound/prometheus/payment-metrics.ts';
import { walletProvider } from './outbound/wallet/wallet-provider.ts';

const NAME = 'payment-worker';
// How long another replica waits for the outbox of one that died; renewed when a third is left.
const OUTBOX_LEASE_MS = 6_000;
// Commands beyond the running batch. Messages are bounded by what the consumer keeps in hand, HTTP requests by this.
const MAX_QUEUED_MESSAGES = 50_000;
const MAX_QUEUED_REQUESTS = 2_000;

/** What a test may put in place of the app's own. */
export interface AppOverrides {
  provider?: PaymentProvider;
}

/** Builds the whole app; nothing is connected or listening before start(). */
export function buildApp(config: Config, overrides: AppOverrides = {}) {
  const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
  const metrics = createMetrics(NAME);
  const database = openDatabase(config, logger);
  measurePool(database.pool, config.MYSQL_POOL_SIZE, metrics);
  const clock = new DatabaseClock({ pool: database.pool, logger });
  const prisma = new PrismaClient({ adapter: database.adapter });
  const kafka = openKafka(config, logger, { clientId: NAME, clock });
  const producer = new MessageProducer(kafka, { metrics });
  const leadership = new Leadership(new Leases(database), 'outbox-0', uuidv7Ids.next(), OUTBOX_LEASE_MS, clock);
  const relay = new OutboxRelay({
    store: new MysqlOutboxStore(database.pool),
    producer,
    leadership,
    clock,
    logger,
    metrics,
  });
  const outside =
    config.PROVIDER_URL !== undefined
      ? new HttpProvider({ ...httpProviderOptions(config, config.PROVIDER_URL), clock, logger, metrics })
      : undefined;
  const providers = [walletProvider, ...(outside === undefined ? [] : [outside])];
  const charging = config.PAYMENT_PROVIDER === 'http' && outside !== undefined ? outside : walletProvider;
  const payments = paymentService({
    unitOfWork: new MysqlUnitOfWork(database, (sql) => mysqlPaymentTx(sql, new MysqlOutbox(sql, () => relay.nudge()))),
    provider: overrides.provider ?? charging,
    formerProviders: providers.filter((provider) => provider !== charging),
    clock,
    ids: uuidv7Ids,
    metrics: prometheusPaymentMetrics(metrics),
    maxBatch: config.COMMIT_MAX_BATCH,
    maxQueuedMessages: MAX_QUEUED_MESSAGES,
    maxQueuedRequests: MAX_QUEUED_REQUESTS,
    onBatch: (name) => measureBatches(metrics, name),
  });
  const consumer = new ConsumerRunner({
    broker: kafka,
    group: CONSUMER_GROUP,
    subscriptions: subscriptions(payments, config.PAYMENT_TIMEOUT_MS),
    producer,
    clock,
    logger,
    metrics,
    maxInFlightPerPartition: config.CONSUMER_MAX_IN_FLIGHT,
  });
  const server = appServer({
    config,
    logger,
    metrics,
    readiness: { database: () => database.ping() },
    verifier: createTokenVerifier(config, logger),
    payments,
    wallets: new PrismaWalletReader(prisma),
    fansTopUp: config.AUTH_MODE === 'dev',
    topUpMaxWon: config.TOP_UP_MAX_WON,
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
      logger.info({ port }, 'listening');
      return port;
    },

    /** In reverse: no more requests, no more messages, what is in hand committed and sent, connections closed. */
    async close(): Promise<void> {
      await server.close();
      await consumer.stop();
      await outside?.close();
      await payments.drain();
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

function httpProviderOptions(config: Config, url: string) {
  return {
    name: config.PROVIDER_NAME,
    url,
    apiKey: config.PROVIDER_API_KEY,
    timeoutMs: config.PROVIDER_TIMEOUT_MS,
    bounds: {
      maxCalls: config.PROVIDER_MAX_CALLS,
      maxQueuedCalls: config.PROVIDER_MAX_QUEUED_CALLS,
      retries: config.PROVIDER_RETRIES,
      breaker: {
        failurePercent: config.PROVIDER_BREAKER_FAILURE_PERCENT,
        windowMs: config.PROVIDER_BREAKER_WINDOW_MS,
        minCalls: config.PROVIDER_BREAKER_MIN_CALLS,
        openMs: config.PROVIDER_BREAKER_OPEN_MS,
      },
    },
  };
}
