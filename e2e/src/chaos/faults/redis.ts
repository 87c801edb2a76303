import { Redis } from 'ioredis';
import { type Injection, pause } from './injection.ts';

const AGAIN_AFTER_MS = 500;

/** Empties Redis. Where another fault has taken it away, it is tried again until it is there. */
export const emptyRedis: Injection = async (_, { stack, over }) => {
  while (!over.aborted) {
    const redis = new Redis(stack.admin.redisUrl, { lazyConnect: true, retryStrategy: null, commandTimeout: 2_000 });
    redis.on('error', () => {});
    try {
      await redis.connect();
      await redis.flushall();
      return;
    } catch {
      await pause(AGAIN_AFTER_MS, over);
    } finally {
      redis.disconnect();
    }
  }
};
