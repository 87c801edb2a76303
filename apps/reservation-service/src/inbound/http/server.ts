import {
  authenticate,
  buildServer,
  type HttpServer,
  type Logger,
  type Metrics,
  type Readiness,
  type ServerConfig,
} from '@stagedoor/platform';
import { type AdminLimits, adminRoutes } from './admin-routes.ts';
import { boxOfficeRoutes } from './box-office-routes.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { reservationRoutes } from './reservation-routes.ts';
import { seatMapRoutes } from './seat-map-routes.ts';
import type { Service } from './service.ts';

export interface AppServerOptions {
  config: ServerConfig;
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  service: Service;
  limits: AdminLimits;
}

/** The app's HTTP server with all its routes, not listening yet. */
export function appServer({ config, logger, metrics, readiness, service, limits }: AppServerOptions): HttpServer {
  const server = buildServer({
    name: 'reservation-service',
    logger,
    config,
    metrics,
    readiness,
    docs: {
      title: 'Stagedoor: reservations',
      description: 'Concerts, seat maps, holds, payments and cancellations, the ranking, and the box office.',
    },
  });
  server.register(authenticate(service.fans, config));
  server.register(async (routes) => {
    catalogueRoutes(routes as HttpServer, service);
    seatMapRoutes(routes as HttpServer, service);
    reservationRoutes(routes as HttpServer, service);
    adminRoutes(routes as HttpServer, service, limits);
    boxOfficeRoutes(routes as HttpServer, service);
  });
  return server;
}
