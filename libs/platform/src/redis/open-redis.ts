import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { RedisConfig } from '../config/fragments.ts';
import type { Logger } from '../runtime/logger.ts';
import { RateLimitedLog } from '../runtime/rate-limited-log.ts';

/** What a connection is for. */
export interface RedisOptions {
  logger?: Logger;
  /** A connection that only subscribes: its subscriptions are made anew after each loss. */
  subscriber?: boolean;
}

const CONNECT_TIMEOUT_MS = 3_000;
// A server that has stopped answering is taken for lost, and what waits for it fails.
const SILENCE_TIMEOUT_MS = 3_000;
const LONGEST_RECONNECT_PAUSE_MS = 2_000;

/**
 * Opens a connection, in the background: an app starts and goes on while Redis is away. Commands fail at once while
 * there is no connection, and those in flight fail when it is lost: nothing is queued, and nothing is sent twice behind
 * the caller's back. Commands of one turn of the event loop share a packet. Keys are the caller's to prefix.
 */
export function openRedis(config: RedisConfig, { logger, subscriber = false }: RedisOptions = {}): Redis {
  const redis = new Redis(config.REDIS_URL, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: subscriber,
    maxRetriesPerRequest: subscriber ? null : 0,
    autoResendUnfulfilledCommands: subscriber,
    enableAutoPipelining: !subscriber,
    // A subscriber hears nothing for as long as nothing happens.
    ...(!subscriber && { socketTimeout: SILENCE_TIMEOUT_MS }),
    retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RECONNECT_PAUSE_MS),
    ...(config.REDIS_CA_FILE !== undefined && { tls: { ca: readFileSync(config.REDIS_CA_FILE, 'utf8') } }),
  });
  const log = logger && new RateLimitedLog(logger);
  // Without a listener an error event would end the process.
  redis.on('error', (error: Error) => log?.error({ err: error }, 'redis connection failed'));
  return redis;
}
