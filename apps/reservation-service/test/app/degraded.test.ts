import { createServer } from 'node:net';
import { topics } from '@stagedoor/contracts';
import { eventually, faultProxy } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFan, aShow, look } from './people.ts';
import { type App, type Stage, setStage, untilThere } from './test-app.ts';
import { joinWorld } from './topic-reader.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await setStage();
  await stage.kafka.createTopics();
});
afterAll(() => stage.strike());

/** A port where nobody listens. */
function deadPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

const holdsOfOneSeat = async (app: App, show: number, seat: number): Promise<number[]> => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => aFan(stage, `crowd-${index}`).hold(app, show, seat)),
  );
  return [201, 409].map((wanted) => answers.filter(({ status }) => status === wanted).length);
};

describe('Redis down', () => {
  test('from the start: holds work, and still one fan has the seat', async () => {
    const app = stage.app({ REDIS_URL: `redis://127.0.0.1:${await deadPort()}` });
    const show = await aShow(stage, app);
    for (let seat = 1; seat <= 5; seat++) expect(await holdsOfOneSeat(app, show, seat)).toEqual([1, 99]);
    expect((await look(app, '/ready')).status).toBe(200);
  });

  test('in the middle, cut or frozen: holds go on', async () => {
    const proxy = await faultProxy(stage.redis.url);
    const url = new URL(stage.redis.url);
    url.port = String(proxy.port);
    const app = stage.app({ REDIS_URL: url.toString() });
    const show = await aShow(stage, app);
    expect(await holdsOfOneSeat(app, show, 1)).toEqual([1, 99]);
    proxy.cut();
    expect(await holdsOfOneSeat(app, show, 2)).toEqual([1, 99]);
    proxy.restore();
    expect(await holdsOfOneSeat(app, show, 3)).toEqual([1, 99]);
    proxy.freeze();
    const began = performance.now();
    expect(await holdsOfOneSeat(app, show, 4)).toEqual([1, 99]);
    expect(performance.now() - began).toBeLessThan(3_000);
    await proxy.close();
  });
});

test('Kafka down: hold 201, pay 202, ready; the outbox keeps the request, and whoever comes next sends it', async () => {
  const alone = stage.app({ KAFKA_BROKERS: `127.0.0.1:${await deadPort()}` });
  await alone.start();
  const show = await aShow(stage, alone);
  const fan = aFan(stage, 'patient');
  const held = await fan.hold(alone, show, 1);
  expect(held.status).toBe(201);
  expect((await fan.pay(alone, held.body.id, 'k')).status).toBe(202);
  expect((await look(alone, '/ready')).status).toBe(200);
  await alone.close();

  const world = await joinWorld(stage, [topics.paymentRequests]);
  const next = stage.app();
  await next.start();
  const [request] = await untilThere(
    () => world.on(topics.paymentRequests).length > 0 && world.on(topics.paymentRequests),
  );
  expect(request?.value.reservationId).toBe(held.body.id);
  await world.leave();
});

test('the database away: not ready, 503 with Retry-After, and back by itself', async () => {
  const proxy = await faultProxy(stage.database.url);
  const url = new URL(stage.database.url);
  url.port = String(proxy.port);
  const app = stage.app({ MYSQL_URL: url.toString() });
  const show = await aShow(stage, app);
  proxy.cut();
  const refused = await aFan(stage, 'a').hold(app, show, 1);
  expect([refused.status, refused.body.code]).toEqual([503, 'UNAVAILABLE']);
  expect(refused.headers['retry-after']).toBeDefined();
  expect((await look(app, '/ready')).status).toBe(503);
  expect((await look(app, '/live')).status).toBe(200);
  proxy.restore();
  await eventually(async () => (await aFan(stage, 'a').hold(app, show, 1)).status === 201);
  await app.close();
  await proxy.close();
});

test('more waiting than there may be: refused at once with 503, the others are served', async () => {
  const app = stage.app({ COMMIT_MAX_QUEUED: '10', COMMIT_MAX_BATCH: '5' });
  const show = await aShow(stage, app, 500);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => aFan(stage, `many-${index}`).hold(app, show, index + 1)),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  expect([...statuses].toSorted()).toEqual([201, 503]);
  expect(answers.find(({ status }) => status === 503)?.headers['retry-after']).toBe('1');
});
