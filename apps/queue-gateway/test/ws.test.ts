import { once } from 'node:events';
import { connect } from 'node:net';
import { openRedis, uuidv7Ids } from '@stagedoor/platform';
import { eventually, faultProxy } from '@stagedoor/testkit';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PersonalNews } from '../src/application/pushes.ts';
import { RedisPushes } from '../src/outbound/redis/redis-pushes.ts';
import { newFan, newSchedule, type Replica, type World, world } from './harness.ts';
import { upgrade, WsClient } from './ws-client.ts';

let w: World;
let here: Replica;
let there: Replica;
let redis: Redis;
let pushes: RedisPushes;
let schedule: number;
const clients: WsClient[] = [];

beforeAll(async () => {
  w = await world();
  [here, there] = await Promise.all([w.replica(), w.replica()]);
  redis = openRedis(w.redis.config);
  await once(redis, 'ready');
  pushes = new RedisPushes(redis, w.redis.prefix, 60_000);
});
afterAll(async () => {
  for (const client of clients) client.close();
  redis.disconnect();
  await w.close();
});
beforeEach(() => {
  schedule = newSchedule();
});

const open = async (fan: string, replica = here): Promise<WsClient> => {
  const client = await WsClient.open(replica.port, w.keys.fanToken(fan));
  clients.push(client);
  return client;
};
const join = async (fan: string): Promise<string> =>
  (await here.call('POST', `/v1/schedules/${schedule}/queue`, { fan, body: {} })).body.ticket;
const set = (settings: object) =>
  here.call('PUT', `/v1/admin/waiting-rooms/${schedule}`, { fan: 'op', roles: ['admin'], body: settings });
const changed = (reservationId: string, version: number, given: Partial<PersonalNews> = {}): PersonalNews =>
  ({
    type: 'reservation.changed',
    scheduleId: schedule,
    reservationId,
    status: 'TEMPORARY_ASSIGNED',
    reason: null,
    version,
    ...given,
  }) as PersonalNews;
const isOf = (type: string) => (message: { type: string }) => message.type === type;

describe('connecting', () => {
  test('without a good token is refused before the upgrade', async () => {
    const expired = w.keys.fanToken('fan', [], -60_000);
    for (const [path, headers] of [
      ['/v1/ws', {}],
      ['/v1/ws?token=x', {}],
      [`/v1/ws?token=${expired}`, {}],
      ['/v1/ws', { 'sec-websocket-protocol': `bearer, ${expired}` }],
      ['/v1/ws', { 'sec-websocket-protocol': 'bearer' }],
    ] as const) {
      const { status, body } = await upgrade(here.port, path, headers);
      expect({ status, code: JSON.parse(body).code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
    }
  });

  test('takes the token from the query, the subprotocol, or the header', async () => {
    const token = w.keys.fanToken(newFan());
    expect((await upgrade(here.port, `/v1/ws?token=${token}`)).status).toBe(101);
    expect((await upgrade(here.port, '/v1/ws', { authorization: `Bearer ${token}` })).status).toBe(101);
    expect((await open(newFan())).protocol).toBe('bearer');
  });

  test('is bounded per fan', async () => {
    const fan = newFan();
    await Promise.all(Array.from({ length: 8 }, () => open(fan)));
    const { status, body } = await upgrade(here.port, `/v1/ws?token=${w.keys.fanToken(fan)}`);
    expect({ status, code: JSON.parse(body).code }).toEqual({ status: 429, code: 'RATE_LIMITED' });
    expect((await upgrade(there.port, `/v1/ws?token=${w.keys.fanToken(fan)}`)).status).toBe(101);
  });

  test('without an upgrade is no HTTP call', async () => {
    expect((await here.call('GET', '/v1/ws', { fan: newFan() })).status).toBe(404);
  });
});

describe('subscribing', () => {
  test('tells the place, then every move, then the admission, whichever replica it is', async () => {
    await w.room(schedule, { mode: 'paused' });
    const [first, fan] = [newFan(), newFan()];
    await join(first);
    const ticket = await join(fan);
    const client = await open(fan, there);
    client.send({ type: 'subscribe', scheduleId: schedule, ticket });
    expect(await client.next(isOf('queue.position'))).toMatchObject({ scheduleId: schedule, serving: 0, position: 2 });
    await here.call('DELETE', `/v1/schedules/${schedule}/queue/me`, { fan: first });
    const moved = await client.next(({ type, position }) => type === 'queue.position' && position === 1);
    expect(moved.serving).toBe(1);
    await set({ mode: 'queue' });
    const admitted = await client.next(isOf('queue.admitted'));
    const polled = await here.call('GET', `/v1/schedules/${schedule}/queue/me`, { fan });
    expect(admitted).toMatchObject({
      scheduleId: schedule,
      admissionToken: polled.body.admissionToken,
      admissionExpiresAt: polled.body.admissionExpiresAt,
    });
    expect(client.of('queue.admitted')).toHaveLength(1);
  });

  test('reaches all connections of a fan, and nobody else', async () => {
    await w.room(schedule);
    const fan = newFan();
    const mine = await Promise.all([open(fan, here), open(fan, there), open(fan, here)]);
    const other = await open(newFan(), here);
    await join(fan);
    await Promise.all(mine.map((client) => client.next(isOf('queue.admitted'))));
    expect(other.messages).toEqual([]);
  });

  test('when admitted already tells the admission; when not in line, a position that is null', async () => {
    await w.room(schedule);
    const fan = newFan();
    await join(fan);
    await eventually(async () => {
      const { body } = await here.call('GET', `/v1/schedules/${schedule}/queue/me`, { fan });
      expect(body.state).toBe('ADMITTED');
    });
    const [inside, stranger] = [await open(fan), await open(newFan())];
    for (const client of [inside, stranger]) client.send({ type: 'subscribe', scheduleId: schedule });
    expect(await inside.next(isOf('queue.admitted'))).toMatchObject({ scheduleId: schedule });
    expect(await stranger.next(isOf('queue.position'))).toMatchObject({ position: null });
  });

  test('tells those who wait that the room is closed, on every replica, and goes on if it is opened again', async () => {
    await w.room(schedule, { mode: 'paused' });
    const fans = [newFan(), newFan()];
    const waiting = [];
    for (const [index, fan] of fans.entries()) {
      const ticket = await join(fan);
      const client = await open(fan, index === 0 ? here : there);
      client.send({ type: 'subscribe', scheduleId: schedule, ticket });
      await client.next(isOf('queue.position'));
      waiting.push(client);
    }
    await set({ mode: 'closed', message: 'The singer is ill' });
    for (const client of waiting) {
      const closed = await client.next(isOf('queue.closed'));
      expect(closed).toMatchObject({ scheduleId: schedule, message: 'The singer is ill' });
    }
    await set({ mode: 'queue' });
    for (const client of waiting) await client.next(isOf('queue.admitted'));
  });

  test('with what cannot be is told so, and the connection stays', async () => {
    await w.room(schedule, { mode: 'paused' });
    const fan = newFan();
    const client = await open(fan);
    const codes = () => client.of('error').map(({ code }) => code);
    client.send({ type: 'subscribe', scheduleId: newSchedule() });
    await eventually(() => expect(codes()).toEqual(['NOT_FOUND']));
    client.send({ type: 'subscribe', scheduleId: schedule, ticket: 'forged' });
    await eventually(() => expect(codes()).toEqual(['NOT_FOUND', 'VALIDATION_FAILED']));
    client.send('{"type":');
    await eventually(() => expect(codes()).toHaveLength(3));
    client.send({ type: 'subscribe', scheduleId: schedule, ticket: await join(fan) });
    expect(await client.next(isOf('queue.position'))).toMatchObject({ position: 1 });
  });
});

describe('news of reservations', () => {
  test('needs no subscription, is numbered per fan, and of a reservation never goes back', async () => {
    const fan = newFan();
    const client = await open(fan, there);
    const id = uuidv7Ids.next();
    await pushes.tell(fan, changed(id, 1));
    await pushes.tell(fan, changed(id, 3, { status: 'CONFIRMED' }));
    await pushes.tell(fan, changed(id, 2, { status: 'PAYMENT_PENDING' }));
    await pushes.tell(fan, changed(id, 3, { status: 'CONFIRMED' }));
    const other = uuidv7Ids.next();
    await pushes.tell(fan, changed(other, 1));
    await client.next(({ reservationId }) => reservationId === other);
    const [first] = client.messages;
    expect(client.messages).toEqual([
      { type: 'reservation.changed', seq: first?.seq, reservationId: id, status: 'TEMPORARY_ASSIGNED', reason: null },
      { type: 'reservation.changed', seq: (first?.seq ?? 0) + 1, reservationId: id, status: 'CONFIRMED', reason: null },
      {
        type: 'reservation.changed',
        seq: (first?.seq ?? 0) + 2,
        reservationId: other,
        status: 'TEMPORARY_ASSIGNED',
        reason: null,
      },
    ]);
  });

  test('that was missed comes again after a reconnect, on another replica', async () => {
    await w.room(schedule);
    const fan = newFan();
    const ids = Array.from({ length: 5 }, () => uuidv7Ids.next());
    const before = await open(fan, here);
    await pushes.tell(fan, changed(ids[0] as string, 1));
    const { seq } = await before.next(isOf('reservation.changed'));
    before.close();
    await eventually(() => before.closed !== undefined);
    for (const id of ids.slice(1, 4)) await pushes.tell(fan, changed(id, 1));
    const after = await open(fan, there);
    await pushes.tell(fan, changed(ids[4] as string, 1));
    await after.next(({ reservationId }) => reservationId === ids[4]);
    after.send({ type: 'subscribe', scheduleId: schedule, lastSeq: seq });
    await after.next(isOf('queue.position'));
    const told = after.of('reservation.changed');
    expect(told.map(({ reservationId }) => reservationId).sort()).toEqual(ids.slice(1).sort());
    expect(told.map((message) => message.seq).sort()).toEqual([1, 2, 3, 4].map((n) => seq + n));
  });

  test.each([0, 5, Number.MAX_SAFE_INTEGER])(
    'since %i, which is not known any more, is a snapshot',
    async (lastSeq) => {
      await w.room(schedule, { mode: 'paused' });
      const fan = newFan();
      const ticket = await join(fan);
      const id = uuidv7Ids.next();
      for (const version of [1, 2]) await pushes.tell(fan, changed(id, version));
      await pushes.tell(fan, changed(uuidv7Ids.next(), 1, { scheduleId: newSchedule() }));
      const client = await open(fan);
      client.send({ type: 'subscribe', scheduleId: schedule, ticket, lastSeq });
      expect(await client.next(isOf('snapshot'))).toEqual({
        type: 'snapshot',
        seq: await pushes.newest(fan),
        scheduleId: schedule,
        serving: 0,
        position: 1,
        admission: null,
        reservations: [{ reservationId: id, status: 'TEMPORARY_ASSIGNED', reason: null }],
      });
    },
  );
});

describe('a client', () => {
  test('that sends too much is closed', async () => {
    const client = await open(newFan());
    for (let count = 0; count < 50; count++) client.send({ type: 'subscribe', scheduleId: 1 });
    await eventually(() => expect(client.closed).toEqual({ code: 1008, reason: 'too many messages' }));
    const big = await open(newFan());
    big.send('x'.repeat(5_000));
    await eventually(() => expect(big.closed?.code).toBe(1009));
  });

  test('that does not read is dropped before it fills the memory', async () => {
    const fan = newFan();
    const socket = connect(here.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `GET /v1/ws?token=${w.keys.fanToken(fan)} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    await once(socket, 'data');
    socket.pause();
    const reading = await open(fan);
    const reason = 'x'.repeat(200_000);
    let closed = false;
    socket.on('close', () => {
      closed = true;
    });
    socket.on('error', () => {});
    // The kernel holds some megabytes for it; what is beyond the bound ends the connection.
    for (let version = 1; version <= 60; version++) await pushes.tell(fan, changed('r', version, { reason }));
    await eventually(() => reading.of('reservation.changed').length === 60);
    socket.resume();
    await eventually(() => closed);
    expect(reading.closed).toBeUndefined();
  });

  test('that is silent is pinged, and dropped without an answer', async () => {
    const strict = await w.replica({ WS_PING_INTERVAL_MS: '1000' });
    const alive = await open(newFan(), strict);
    const socket = connect(strict.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      `GET /v1/ws?token=${w.keys.fanToken(newFan())} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    socket.resume();
    await once(socket, 'close');
    expect(alive.closed).toBeUndefined();
    await strict.close();
    await eventually(() => expect(alive.closed?.code).toBe(1001));
  });
});

test('while Redis is away connections stay; what was said in the meantime comes once it is back', async () => {
  await w.room(schedule);
  const proxy = await faultProxy(w.redis.url);
  const url = new URL(w.redis.url);
  url.port = String(proxy.port);
  const replica = await w.replica({ REDIS_URL: url.toString() });
  const fan = newFan();
  const client = await open(fan, replica);
  const [before, meanwhile, after] = [uuidv7Ids.next(), uuidv7Ids.next(), uuidv7Ids.next()];
  await pushes.tell(fan, changed(before, 1));
  await client.next(({ reservationId }) => reservationId === before);
  proxy.cut();
  await pushes.tell(fan, changed(meanwhile, 1));
  proxy.restore();
  await client.next(({ reservationId }) => reservationId === meanwhile);
  await pushes.tell(fan, changed(after, 1));
  await client.next(({ reservationId }) => reservationId === after);
  expect(client.of('reservation.changed').map(({ reservationId }) => reservationId)).toEqual([
    before,
    meanwhile,
    after,
  ]);
  await replica.close();
  await proxy.close();
});
