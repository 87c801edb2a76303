import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { HttpConfig } from '../config/fragments.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import { traceRequests } from '../telemetry/request-spans.ts';
import { errorAnswerer } from './answer-errors.ts';
import { answerClientError } from './client-errors.ts';
import { type Documentation, serveDocumentation } from './documentation.ts';
import { type Readiness, serveHealth } from './health.ts';
import { takeJsonOnly } from './json-bodies.ts';
import { requestIds } from './request-ids.ts';
import { measureRequests } from './request-metrics.ts';
import { boundRequestsInFlight } from './requests-in-flight.ts';
import { answerUnknownRoutes } from './unknown-routes.ts';

/** A Fastify server whose routes are typed by their zod schemas. */
export type HttpServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

/** What of the configuration is the server's. */
export type ServerConfig = Pick<HttpConfig, 'HOST' | 'PORT' | 'HTTP_MAX_IN_FLIGHT' | 'FAN_MAX_REQUESTS_PER_SECOND'>;

/** What an app's server is made of. */
export interface ServerOptions {
  /** Name of the app. */
  name: string;
  logger: Logger;
  config: ServerConfig;
  metrics: Metrics;
  /** What no request can be answered without; a Kafka or Redis that is away only degrades (style 4). */
  readiness: Readiness;
  /** null: no `/docs` and no `/openapi.json`. */
  docs: Documentation | null;
}

const BODY_LIMIT_BYTES = 64 * 1024;
// Connections that wait to be taken. Node's 511 overflows in a burst; the edge then believes to be connected, and waits its
// 30 s for an answer to what nobody has seen. The kernel's own bound (net.core.somaxconn) is 4,096.
const LISTEN_BACKLOG = 4_096;
// A whole request must have come within this, ...
const REQUEST_TIMEOUT_MS = 10_000;
// ... which is looked after this often: half a minute unless said, three times what a slow request may take.
const CONNECTIONS_CHECKING_INTERVAL_MS = 1_000;
// Longer than the edge keeps its idle connections (60 s), so that it is always the edge that closes one first.
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
// Answers in progress may take this long once the server closes; then their connections are cut.
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Builds an app's HTTP server, not listening yet: `listen(server, config)` does that, `server.close()` ends it (not
 * ready at once, no new connections, what has come until then is answered, bounded). That no more comes is for the
 * balancer to see to, before it. Routes go into `server.register(async (routes) => …)`.
 */
export function buildServer(options: ServerOptions): HttpServer {
  const { name, logger, config, metrics, readiness, docs } = options;
  const answerError = errorAnswerer(logger);
  const server = fastify({
    loggerInstance: logger as FastifyBaseLogger,
    // A line per request is too dear at 10,000 a second: requests are counted by metrics, and logged at debug.
    logController: new LogController({ disableRequestLogging: true }),
    // Nor a child logger per request, which costs 4 us; whoever logs about a request names it by its id.
    childLoggerFactory: (parent) => parent,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      connectionsCheckingInterval: CONNECTIONS_CHECKING_INTERVAL_MS,
      // With its default of a minute, longer than the whole request may take, Node waits for a slow body for ever.
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    },
    clientErrorHandler: answerClientError,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    // While it closes, what still comes on open connections is answered as ever, and told that the connection ends.
    return503OnClosing: false,
    trustProxy: 'loopback',
    genReqId: requestIds(name),
    // 64 characters of an id, each up to four bytes, percent-encoded.
    routerOptions: { maxParamLength: 64 * 4 * 3 },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply as never),
  }).withTypeProvider<ZodTypeProvider>();

  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerError);
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // A browser takes an answer for what it says that it is.
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  boundRequestsInFlight(server, metrics, config.HTTP_MAX_IN_FLIGHT);
  takeJsonOnly(server);
  measureRequests(server, metrics);
  traceRequests(server);
  answerUnknownRoutes(server);
  if (docs !== null) serveDocumentation(server, docs);
  serveHealth(server, readiness, metrics);
  closeInOrder(server);
  return server;
}

/** Listens where the configuration says; answers the port, which matters when it was 0. */
export async function listen(server: HttpServer, config: Pick<HttpConfig, 'HOST' | 'PORT'>): Promise<number> {
  await server.listen({ host: config.HOST, port: config.PORT, backlog: LISTEN_BACKLOG });
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function closeInOrder(server: HttpServer): void {
  let closing = false;
  // Node leaves a connection open whose last answer did not end it, and would wait for its keep-alive to run out.
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  server.addHook('preClose', async () => {
    closing = true;
    // The kernel resets connections that still wait to be taken when their listener ends; libuv takes one in each turn.
    for (let turn = 0; turn < LISTEN_BACKLOG; turn++) await nextTurn();
    const timer = setTimeout(() => server.server.closeAllConnections(), CLOSE_TIMEOUT_MS);
    server.server.once('close', () => clearTimeout(timer));
    timer.unref();
  });
}
