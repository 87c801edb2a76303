import { Redis } from 'ioredis';

/** What queue-gateway keeps in Redis of the news that fans were told: numbers, texts, reservations' versions, by key. */
export async function toldFans(redisUrl: string, prefix = 'queue:'): Promise<Record<string, unknown>> {
  const redis = new Redis(redisUrl);
  const told: Record<string, unknown> = {};
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}{fan:*`, count: 500 })) {
      for (const key of keys as string[]) {
        const type = await redis.type(key);
        told[key] =
          type === 'list'
            ? await redis.lrange(key, 0, -1)
            : type === 'hash'
              ? await redis.hgetall(key)
              : await redis.get(key);
      }
    }
  } finally {
    redis.disconnect();
  }
  return Object.fromEntries(Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1)));
}
