import { once } from 'node:events';
import { openRedis } from '@stagedoor/platform';
import { eventually, type FaultProxy, faultProxy } from '@stagedoor/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { roomKeys } from '../src/outbound/redis/room-keys.ts';
import { newFan, newSchedule, type Replica, type World, world } from './harness.ts';

let w: World;
let redisProxy: FaultProxy;
let mysqlProxy: FaultProxy;
let gateway: Replica;
let schedule: number;

const through = (proxy: FaultProxy, target: string): string => {
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return url.toString();
};

beforeAll(async () => {
  w = await world();
  [redisProxy, mysqlProxy] = await Promise.all([faultProxy(w.redis.url), faultProxy(w.database.url)]);
  gateway = await w.replica({
    REDIS_URL: through(redisProxy, w.redis.url),
    MYSQL_URL: through(mysqlProxy, w.database.url),
  });
});
afterAll(async () => {
  await w.close();
  await Promise.all([redisProxy.close(), mysqlProxy.close()]);
});
beforeEach(() => {
  schedule = newSchedule();
});
afterEach(() => {
  redisProxy.restore();
  mysqlProxy.restore();
});

const queue = (): string => `/v1/schedules/${schedule}/queue`;
const join = (fan: string) => gateway.call('POST', queue(), { fan, body: {} });
/** Redis is back a moment before a gateway has its line in order: until then it answers 503. */
const placed = (fan: string) =>
  eventually(async () => {
    const { status, body } = await join(fan);
    expect(status).toBeLessThan(300);
    return body;
  });
const me = (fan: string, ticket?: string) =>
  gateway.call('GET', `${queue()}/me`, { fan, headers: { ...(ticket && { 'x-queue-ticket': ticket }) } });
const ready = async () => (await gateway.call('GET', '/ready')).status;
const admitted = (fan: string) => eventually(async () => expect((await me(fan)).body.state).toBe('ADMITTED'), 15_000);

describe('Redis away', () => {
  test('joins are told when to try again; tickets are answered; afterwards nobody has lost anything', async () => {
    await w.room(schedule, { mode: 'paused' });
    const [first, second] = [newFan(), newFan()];
    await join(first);
    const { ticket } = (await join(second)).body;
    redisProxy.cut();
    const refused = await eventually(async () => {
      const answer = await join(newFan());
      expect(answer.status).toBe(503);
      return answer;
    });
    expect(refused.body.code).toBe('UNAVAILABLE');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await me(second, ticket)).toMatchObject({ status: 200, body: { state: 'WAITING', position: 2 } });
    expect((await me(first)).status).toBe(503);
    expect(await ready()).toBe(200);
    redisProxy.restore();
    await eventually(async () => expect((await me(first)).body.position).toBe(1));
    expect((await join(newFan())).body.position).toBe(3);
  });

  test('a fan who was admitted still gets the token by the ticket', async () => {
    await w.room(schedule);
    const fan = newFan();
    const { ticket } = (await join(fan)).body;
    await admitted(fan);
    const { admissionToken } = (await me(fan)).body;
    redisProxy.cut();
    await eventually(async () => expect((await me(fan)).status).toBe(503));
    expect(await me(fan, ticket)).toMatchObject({ status: 200, body: { state: 'ADMITTED', admissionToken } });
  });

  test('that freezes does not hold answers up for ever', async () => {
    await w.room(schedule, { mode: 'paused' });
    await join(newFan());
    redisProxy.freeze();
    const startedMs = performance.now();
    expect((await join(newFan())).status).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(8_000);
    redisProxy.cut();
  });
});

describe('Redis restarted', () => {
  /** Another run of the server: what it has on disk was written by the last one. */
  const restart = async (): Promise<void> => {
    const redis = openRedis(w.redis.config);
    await once(redis, 'ready');
    await redis.hset(roomKeys(w.redis.prefix, schedule).room, 'run', 'another');
    redis.disconnect();
  };

  test('with what it knew a second ago gives no number out twice', async () => {
    await w.room(schedule, { mode: 'paused' });
    const joined = await placed(newFan());
    await restart();
    const sequenceOf = (ticket: string): number => Number(ticket.split('.')[1]);
    const next = await placed(newFan());
    expect(sequenceOf(next.ticket)).toBeGreaterThan(5_000);
    expect(sequenceOf(joined.ticket)).toBe(1);
  });

  test('with nobody waiting, who comes next is the first, and who comes back is before them', async () => {
    await w.room(schedule);
    const before = await joinAs(newFan());
    await admitted(before.fan);
    const [lost, next] = [newFan(), newFan()];
    await gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, {
      fan: 'op',
      roles: ['admin'],
      body: { mode: 'paused' },
    });
    const { ticket } = await placed(lost);
    // This join was in the second that the server had not written down yet.
    const redis = openRedis(w.redis.config);
    await once(redis, 'ready');
    await redis.zrem(roomKeys(w.redis.prefix, schedule).waiting, lost);
    redis.disconnect();
    await restart();
    expect((await placed(next)).position).toBe(1);
    expect(await me(lost, ticket)).toMatchObject({ status: 200, body: { position: 1 } });
    expect((await me(before.fan)).body.state).toBe('ADMITTED');
    await gateway.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, {
      fan: 'op',
      roles: ['admin'],
      body: { mode: 'queue', maxInside: 2 },
    });
    await admitted(lost);
    expect((await me(next)).body.state).toBe('WAITING');
  });
});

describe('the database away', () => {
  test('joins go on; nobody is admitted until it is back, and then everybody', async () => {
    await w.room(schedule);
    await admitted((await joinAs(newFan())).fan);
    mysqlProxy.cut();
    const fans = await Promise.all(Array.from({ length: 10 }, () => joinAs(newFan())));
    expect(fans.every(({ status }) => status === 201)).toBe(true);
    expect(await ready()).toBe(200);
    for (const { fan, ticket } of fans) expect((await me(fan, ticket)).body.state).toBe('WAITING');
    mysqlProxy.restore();
    for (const { fan } of fans) await admitted(fan);
  });

  test('from the start, the replica is not ready, and becomes so by itself', async () => {
    await w.room(schedule);
    mysqlProxy.cut();
    const late = await w.replica({ MYSQL_URL: through(mysqlProxy, w.database.url) });
    expect((await late.call('GET', '/ready')).status).toBe(503);
    expect((await late.call('GET', '/live')).status).toBe(200);
    mysqlProxy.restore();
    await eventually(async () => expect((await late.call('GET', '/ready')).status).toBe(200), 15_000);
    expect((await late.call('POST', queue(), { fan: newFan(), body: {} })).status).toBe(201);
    await late.close();
  });
});

test('without Kafka fans are admitted all the same', async () => {
  await w.room(schedule);
  const deaf = await w.replica({ KAFKA_BROKERS: '127.0.0.1:9' });
  const fan = newFan();
  expect((await deaf.call('POST', queue(), { fan, body: {} })).status).toBe(201);
  await admitted(fan);
  await deaf.close();
});

async function joinAs(fan: string) {
  const { status, body } = await join(fan);
  return { fan, status, ticket: body.ticket };
}
