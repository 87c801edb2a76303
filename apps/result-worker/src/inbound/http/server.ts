import {
  authenticate,
  buildServer,
  type HttpServer,
  type Logger,
  type Metrics,
  type Readiness,
  type ServerConfig,
  type TokenVerifier,
} from '@stagedoor/platform';
import { type DeadLetterRoutesOptions, deadLetterRoutes } from './dead-letter-routes.ts';
import { type PaymentRoutesOptions, paymentRoutes } from './payment-routes.ts';

/** What the HTTP side of the app is made of. */
export interface AppServerOptions extends DeadLetterRoutesOptions, PaymentRoutesOptions {
  config: ServerConfig;
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  verifier: TokenVerifier;
}

/** The app's HTTP server with all its routes, not listening yet. */
export function appServer({ config, logger, metrics, readiness, verifier, ...routes }: AppServerOptions): HttpServer {
  const server = buildServer({
    name: 'result-worker',
    logger,
    config,
    metrics,
    readiness,
    docs: {
      title: 'Stagedoor result-worker',
      description: 'For operators: what could not be processed, and the timeline of a payment.',
    },
  });
  server.register(authenticate(verifier, config));
  server.register(async (scope) => {
    deadLetterRoutes(scope as HttpServer, routes);
    paymentRoutes(scope as HttpServer, routes);
  });
  return server;
}
