import { type RedisConfig, redisConfig } from '@stagedoor/platform';
import { Redis } from 'ioredis';
import { randomName, testServer } from './environment.ts';

/** Keys of one test file's own. */
export interface TestRedis {
  readonly url: string;
  /** Every key of the test starts with it. */
  readonly prefix: string;
  /** For openRedis(). */
  readonly config: RedisConfig;
  /** Deletes the keys under the prefix. */
  clear(): Promise<void>;
}

/** A random prefix on the test server. */
export function testRedis(): TestRedis {
  const url = testServer('TEST_REDIS_URL');
  const prefix = `test-${randomName()}:`;
  return {
    url,
    prefix,
    config: redisConfig.parse({ REDIS_URL: url, REDIS_PREFIX: prefix }),
    async clear() {
      const redis = new Redis(url);
      for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
        if (keys.length > 0) await redis.del(keys);
      }
      redis.disconnect();
    },
  };
}
