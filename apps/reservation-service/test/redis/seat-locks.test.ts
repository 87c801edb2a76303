import { ManualClock, openRedis, systemClock } from '@stagedoor/platform';
import { eventually, type FaultProxy, faultProxy, quietLogger, type TestRedis, testRedis } from '@stagedoor/testkit';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RedlockSeatLocks } from '../../src/outbound/redis/redlock-seat-locks.ts';

const TIMEOUT_MS = 60;
const PAUSE_MS = 300;
const seat = { scheduleId: 1, seatNumber: 7 };

let server: TestRedis;
let proxy: FaultProxy;
let redis: Redis;
let available: boolean[];
let locks: RedlockSeatLocks;

function seatLocks(clock = systemClock): RedlockSeatLocks {
  return new RedlockSeatLocks({
    redis,
    prefix: server.prefix,
    clock,
    logger: quietLogger,
    ttlMs: 10_000,
    timeoutMs: TIMEOUT_MS,
    pauseMs: PAUSE_MS,
    onAvailable: (now) => available.push(now),
  });
}

beforeEach(async () => {
  server = testRedis();
  proxy = await faultProxy(server.url);
  const url = new URL(server.url);
  url.port = String(proxy.port);
  redis = openRedis({ ...server.config, REDIS_URL: url.toString() });
  available = [];
  locks = seatLocks();
  await eventually(() => redis.status === 'ready');
});
afterEach(async () => {
  redis.disconnect();
  await proxy.close();
  await server.clear();
});

test('of 20 contenders for a seat one gets its lock; the others are turned away until it is given back', async () => {
  const got = await Promise.all(Array.from({ length: 20 }, () => locks.tryLock(seat)));
  const [lock] = got.filter((each) => each !== null);
  expect(got.filter((each) => each !== null)).toHaveLength(1);
  expect(await locks.tryLock({ ...seat, seatNumber: 8 })).not.toBeNull();
  await lock?.release();
  expect(await locks.tryLock(seat)).not.toBeNull();
});

test('keys have the prefix and a hash tag, and end by themselves', async () => {
  await locks.tryLock(seat);
  const key = `${server.prefix}seat:{1:7}`;
  expect(await redis.pttl(key)).toBeGreaterThan(5_000);
});

test.each(['cut', 'freeze'] as const)(
  'Redis gone (%s): everybody passes, nobody waits for long; it comes back by itself',
  async (fault) => {
    const first = await locks.tryLock(seat);
    proxy[fault]();
    const began = performance.now();
    const passed = await Promise.all(Array.from({ length: 50 }, () => locks.tryLock(seat)));
    expect(passed.every((lock) => lock !== null)).toBe(true);
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS * 1.5 + 500);
    // Left alone from now on: no wait at all.
    const again = performance.now();
    for (let hold = 0; hold < 100; hold++) expect(await locks.tryLock(seat)).not.toBeNull();
    expect(performance.now() - again).toBeLessThan(PAUSE_MS);
    expect(available).toEqual([false]);
    proxy.restore();
    await eventually(async () => {
      await locks.tryLock({ ...seat, seatNumber: 9 });
      return available.length === 2;
    });
    expect(available).toEqual([false, true]);
    await first?.release();
  },
);

test('while Redis is away one request in a pause looks for it', async () => {
  const clock = new ManualClock();
  locks = seatLocks(clock);
  proxy.cut();
  await eventually(() => redis.status !== 'ready');
  await locks.tryLock(seat);
  let asked = 0;
  const evalsha = redis.evalsha.bind(redis) as (...args: unknown[]) => unknown;
  redis.evalsha = ((...args: unknown[]) => {
    asked++;
    return evalsha(...args);
  }) as never;
  await Promise.all(Array.from({ length: 20 }, () => locks.tryLock(seat)));
  expect(asked).toBe(0);
  await clock.advance(PAUSE_MS);
  await Promise.all(Array.from({ length: 20 }, () => locks.tryLock(seat)));
  // One look: Redlock asks for the lock and, not having got it, takes the question back.
  expect(asked).toBe(2);
});
