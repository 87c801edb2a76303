import {
  admissionKeysConfig,
  authConfig,
  authenticate,
  buildServer,
  configOrExit,
  createAdmissionVerifier,
  createLogger,
  createMetrics,
  createTokenVerifier,
  httpConfig,
  listen,
  logConfig,
  runUntilSignal,
} from '@stagedoor/platform';
import { z } from 'zod';

/** Stands where reservation-service stands, and does nothing but what every authenticated POST has to do. */
const NAME = 'empty-post';
const schema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...authConfig.shape,
  ...admissionKeysConfig.shape,
});

const config = configOrExit(schema, process.env, { app: NAME });
const logger = createLogger({ name: NAME, level: config.LOG_LEVEL, pretty: config.LOG_PRETTY });
const admissions = createAdmissionVerifier(config, logger);
const server = buildServer({
  name: NAME,
  logger,
  config,
  metrics: createMetrics(NAME),
  readiness: {},
  docs: null,
});
server.register(authenticate(createTokenVerifier(config, logger), config));
server.register(async (routes) => {
  routes.post('/v1/reservations', { onRequest: routes.requireFan }, async (request, reply) => {
    const token = request.raw.headers['x-admission-token'];
    if (typeof token === 'string') await admissions.verify(token);
    return reply.code(202).send({ id: request.id, status: 'PAYMENT_PENDING' });
  });
});

await runUntilSignal({
  start: () => listen(server, config),
  close: async () => void (await server.close()),
  logger,
  timeoutMs: 10_000,
});
