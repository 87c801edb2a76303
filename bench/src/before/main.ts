import {
  authConfig,
  authenticate,
  buildServer,
  configOrExit,
  createLogger,
  createMetrics,
  createTokenVerifier,
  httpConfig,
  idempotencyKey,
  integer,
  listen,
  logConfig,
  mysqlConfig,
  openDatabase,
  runUntilSignal,
  urlOf,
} from '@stagedoor/platform';
import { Pool } from 'undici';
import { z } from 'zod';
import { ConcurrencyLimit } from './limit.ts';
import { Payments } from './payments.ts';

const NAME = 'before';
const PROVIDER_TIMEOUT_MS = 10_000;
const schema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...authConfig.shape,
  ...mysqlConfig.shape,
  PROVIDER_URL: urlOf('http').describe("The provider's API"),
  CONCURRENT_PAYMENTS: integer(0, 100_000).describe('Most payments at once; 0: any number'),
});

const config = configOrExit(schema, process.env, { app: NAME });
const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
const database = openDatabase(config, logger);
const provider = new Pool(config.PROVIDER_URL, {
  connections: config.CONCURRENT_PAYMENTS === 0 ? 20_000 : config.CONCURRENT_PAYMENTS,
  headersTimeout: PROVIDER_TIMEOUT_MS,
});
const payments = new Payments(database, provider);
const limit = new ConcurrencyLimit(config.CONCURRENT_PAYMENTS);
const server = buildServer({
  name: NAME,
  logger,
  config,
  metrics: createMetrics(NAME),
  readiness: { database: () => database.ping() },
  docs: null,
});
server.register(authenticate(createTokenVerifier(config, logger), config));
server.register(async (routes) => {
  routes.post(
    '/v1/reservations/:id/payment',
    { onRequest: routes.requireFan, schema: { params: z.object({ id: z.string().min(1).max(64) }) } },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      const key = idempotencyKey(request);
      const status = await limit.run(() => payments.pay(id, request.identity.userId, key));
      return reply.code(202).send({ id, status });
    },
  );
});

await runUntilSignal({
  start: async () => {
    await database.pool.query(
      `CREATE TABLE IF NOT EXISTS before_payments (
         charge_key VARCHAR(255) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
         reservation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
         user_id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
         amount BIGINT NOT NULL,
         paid_at DATETIME(3) NOT NULL,
         UNIQUE INDEX before_payments_reservation_id_key (reservation_id)
       ) ENGINE = InnoDB`,
    );
    await listen(server, config);
  },
  close: async () => {
    await server.close();
    await provider.close();
    await database.close();
  },
  logger,
  timeoutMs: 20_000,
});
