import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../runtime/metrics.ts';

/** Duration by method, route and status. Routes are patterns, so their number is bounded. */
export function measureRequests(server: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labels: ['method', 'route', 'status'],
  });
  server.addHook('onResponse', (request, reply, done) => {
    const seconds = reply.elapsedTime / 1000;
    durations.observe(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: reply.statusCode },
      seconds,
    );
    if (request.log.level === 'debug' || request.log.level === 'trace') {
      request.log.debug(
        {
          reqId: request.id,
          method: request.method,
          route: request.routeOptions.url,
          status: reply.statusCode,
          seconds,
        },
        'request',
      );
    }
    done();
  });
}
