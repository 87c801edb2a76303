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
import { type WalletRoutesOptions, walletRoutes } from './wallet-routes.ts';

/** What the HTTP side of the app is made of. */
export interface AppServerOptions extends WalletRoutesOptions {
  config: ServerConfig;
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  verifier: TokenVerifier;
}

/** The app's HTTP server with all its routes, not listening yet. */
export function appServer({ config, logger, metrics, readiness, verifier, ...routes }: AppServerOptions): HttpServer {
  const server = buildServer({
    name: 'payment-worker',
    logger,
    config,
    metrics,
    readiness,
    docs: { title: 'Stagedoor payment-worker', description: "Fans' wallets: balance, top-up, statement." },
  });
  server.register(authenticate(verifier, config));
  server.register(async (scope) => walletRoutes(scope as HttpServer, routes));
  return server;
}
