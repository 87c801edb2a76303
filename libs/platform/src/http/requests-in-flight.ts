import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metrics } from '../runtime/metrics.ts';
import { sendProblem } from './answer-errors.ts';
import { problemDocument } from './problem-document.ts';
import { WaitingTimes } from './waiting-times.ts';

/** Whoever watches the process must be answered above all while it is busy. */
const ALWAYS_ANSWERED = new Set(['/live', '/ready', '/metrics']);
/** A request that is not answered after so long waits because others do. */
const LONG_MS = 1_000;
/** Of the bound: so many may wait long before nothing more is taken. One slow call alone says nothing. */
const LONG_SHARE = 1 / 20;
// Spread, so that those who were refused together do not come back together.
const RETRY_AFTER_SECONDS = [1, 2, 3];

/**
 * Refuses at once what comes while `most` requests are in flight, or while a twentieth of that has waited for more than a
 * second: 503 with Retry-After, before its token is checked or its body read. So what is accepted is answered soon however
 * little can be served, and memory stays bounded however much comes (ADR 14). A WebSocket counts for nothing once it is
 * open; connections have limits of their own.
 */
export function boundRequestsInFlight(server: FastifyInstance, metrics: Metrics, most: number): void {
  const refused = metrics.counter({
    name: 'http_server_refused_requests_total',
    help: 'Requests that were refused with 503 because too many were in flight, or waited too long',
  });
  const times = new WaitingTimes(LONG_MS);
  let refusals = 0;
  metrics.gauge({
    name: 'http_server_active_requests',
    help: 'Requests in flight',
    collect: (gauge) => gauge.set(times.count),
  });
  server.addHook('onRequest', (request, reply, done) => {
    if (ALWAYS_ANSWERED.has(request.routeOptions.url ?? '')) return done();
    const nowMs = performance.now();
    if (times.count >= most || times.longAt(nowMs) > most * LONG_SHARE) {
      refused.inc();
      const retryAfterSeconds = RETRY_AFTER_SECONDS[refusals++ % RETRY_AFTER_SECONDS.length];
      sendProblem(reply, {
        body: problemDocument('UNAVAILABLE', 'too many requests at the moment'),
        retryAfterSeconds,
      });
      return;
    }
    // The end of the connection also comes when the caller went away before the answer, where Fastify's onResponse does not.
    if (!isUpgrade(request)) reply.raw.once('close', times.start(nowMs));
    done();
  });
}

const isUpgrade = ({ headers }: FastifyRequest): boolean => headers.upgrade?.toLowerCase() === 'websocket';
