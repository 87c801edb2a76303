import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../runtime/metrics.ts';
import { sendProblem } from './answer-errors.ts';
import { problemDocument } from './problem-document.ts';

/** Whoever watches the process must be answered above all while it is busy. */
const ALWAYS_ANSWERED = new Set(['/live', '/ready', '/metrics']);
// Spread, so that those who were refused together do not come back together.
const RETRY_AFTER_SECONDS = [1, 2, 3];

/**
 * Counts the requests in flight, and refuses at once what comes while `most` of them are: 503 with Retry-After, before its
 * token is checked or its body read. So what is accepted is answered soon, and memory stays bounded, however much comes
 * (ADR 12). A WebSocket counts for nothing once it is open; connections have limits of their own.
 */
export function boundRequestsInFlight(server: FastifyInstance, metrics: Metrics, most: number): void {
  const refused = metrics.counter({
    name: 'http_server_refused_requests_total',
    help: 'Requests that were refused with 503 because too many were in flight',
  });
  let inFlight = 0;
  let refusals = 0;
  metrics.gauge({
    name: 'http_server_active_requests',
    help: 'Requests in flight',
    collect: (gauge) => gauge.set(inFlight),
  });
  const ended = () => {
    inFlight--;
  };
  server.addHook('onRequest', (request, reply, done) => {
    if (ALWAYS_ANSWERED.has(request.routeOptions.url ?? '')) return done();
    if (inFlight >= most) {
      refused.inc();
      const retryAfterSeconds = RETRY_AFTER_SECONDS[refusals++ % RETRY_AFTER_SECONDS.length];
      sendProblem(reply, {
        body: problemDocument('UNAVAILABLE', 'too many requests at the moment'),
        retryAfterSeconds,
      });
      return;
    }
    if (!isUpgrade(request)) {
      inFlight++;
      // Also comes when the caller went away before the answer, where Fastify's onResponse does not.
      reply.raw.once('close', ended);
    }
    done();
  });
}

const isUpgrade = ({ headers }: FastifyRequest): boolean => headers.upgrade?.toLowerCase() === 'websocket';
