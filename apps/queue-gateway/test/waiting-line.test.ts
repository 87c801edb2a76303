import { openRedis, systemClock } from '@stagedoor/platform';
import { testRedis } from '@stagedoor/testkit';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import { RedisWaitingLine } from '../src/outbound/redis/redis-waiting-line.ts';
import { roomKeys } from '../src/outbound/redis/room-keys.ts';
import { MemoryWaitingLine } from './doubles/memory-waiting-line.ts';
import { waitingLineSuite } from './waiting-line.suite.ts';

const redis = testRedis();
let first: Redis;
let second: Redis;

beforeAll(async () => {
  first = openRedis(redis.config);
  second = openRedis(redis.config);
  await Promise.all([first, second].map((one) => new Promise((resolve) => one.once('ready', resolve))));
});
afterAll(async () => {
  first.disconnect();
  second.disconnect();
  await redis.clear();
});

waitingLineSuite('in Redis', () => ({
  line: new RedisWaitingLine(first, redis.prefix),
  other: new RedisWaitingLine(second, redis.prefix),
  lose: async (scheduleId) => {
    await first.del(...Object.values(roomKeys(redis.prefix, scheduleId)));
  },
}));

waitingLineSuite('in memory', () => {
  const line = new MemoryWaitingLine(systemClock);
  return { line, other: line, lose: async (scheduleId) => line.lose(scheduleId) };
});
