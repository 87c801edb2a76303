import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../runtime/metrics.ts';

/** What no request can be answered without; each rejects while it is not there. */
export type Readiness = Record<string, () => Promise<void>>;

const CHECK_TIMEOUT_MS = 2_000;

/**
 * `/live`: the process turns. `/ready`: requests can be answered; false from the moment that the server is told to
 * close, so that a balancer sends no more. `/metrics`: for Prometheus.
 */
export function serveHealth(server: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  let closing = false;
  let checking: Promise<Record<string, string>> | undefined;
  server.addHook('preClose', async () => {
    closing = true;
  });

  server.get('/live', { schema: { hide: true } }, async () => ({ status: 'live' }));

  server.get('/ready', { schema: { hide: true } }, async (_request, reply) => {
    if (closing) return reply.code(503).send({ status: 'closing', checks: {} });
    // Probes that come at once share one look, so that /ready can not be used to keep the database busy.
    checking ??= runChecks(readiness).finally(() => {
      checking = undefined;
    });
    const checks = await checking;
    const ready = Object.values(checks).every((result) => result === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks });
  });

  server.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

async function runChecks(readiness: Readiness): Promise<Record<string, string>> {
  const results = await Promise.all(
    Object.entries(readiness).map(async ([name, check]) => [name, await runCheck(check)] as const),
  );
  return Object.fromEntries(results);
}

async function runCheck(check: () => Promise<void>): Promise<string> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('timed out')), CHECK_TIMEOUT_MS);
  try {
    await Promise.race([check(), timedOut]);
    return 'ok';
  } catch {
    // The reason is in the log of whoever holds the connection; an answer to anyone must not tell of our insides.
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}
