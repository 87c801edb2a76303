import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config/fragments.ts';
import { Problem } from '../errors/errors.ts';

/** How often one fan may call. */
export type FanRateLimitConfig = Pick<HttpConfig, 'FAN_MAX_REQUESTS_PER_SECOND'>;

// A fan may send so many seconds' worth at once: a page that opens asks for several things.
const WINDOW_SECONDS = 10;
// About 150 bytes each. Beyond it the fan who has been away longest begins anew.
const REMEMBERED_FANS = 100_000;
// What they do at which pace is for whoever gave them the role: they act for many fans.
const EXEMPT_ROLES = ['admin', 'funding'];

/** Counts a request for its fan. @throws Problem RATE_LIMITED */
export type FanRateLimit = (request: FastifyRequest) => Promise<void>;

/**
 * One fan's requests to this replica, counted in its memory: what the edge limits per address and per token, this
 * limits per fan, however many tokens and addresses they have. Null where there is no limit.
 */
export async function fanRateLimit(
  server: FastifyInstance,
  { FAN_MAX_REQUESTS_PER_SECOND: perSecond }: FanRateLimitConfig,
): Promise<FanRateLimit | null> {
  if (perSecond === 0) return null;
  await server.register(rateLimit, {
    global: false,
    max: perSecond * WINDOW_SECONDS,
    timeWindow: WINDOW_SECONDS * 1000,
    cache: REMEMBERED_FANS,
    keyGenerator: ({ identity }) => identity.userId,
  });
  const count = server.createRateLimit();
  return async (request) => {
    if (request.identity.roles.some((role) => EXEMPT_ROLES.includes(role))) return;
    const counted = await count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw new Problem('RATE_LIMITED', 'too many requests of one fan', {
      retryAfterSeconds: Math.max(1, counted.ttlInSeconds),
    });
  };
}
