import { topics } from '@stagedoor/contracts';
import { eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aFan, aShow, look } from '../app/people.ts';
import { type App, type Stage, setStage, untilThere } from '../app/test-app.ts';
import { joinWorld, type World } from '../app/topic-reader.ts';

let stage: Stage;
let replicas: App[];
let world: World;

const SHORT = {
  HOLD_TTL_MS: '150',
  PAYMENT_TIMEOUT_MS: '100',
  REPUBLISH_AFTER_MS: '100',
  REPUBLISH_LONGEST_MS: '400',
  SWEEP_INTERVAL_MS: '50',
  SAMPLE_CONCERT: 'true',
};

beforeAll(async () => {
  stage = await setStage();
  await stage.kafka.createTopics();
  replicas = [stage.app(SHORT), stage.app(SHORT)];
  await Promise.all(replicas.map((app) => app.start()));
  world = await joinWorld(stage, [topics.paymentRequests, topics.domainEvents]);
});
afterAll(async () => {
  await world.leave();
  await stage.strike();
});

test('two replicas that start at once publish one sample concert of two shows', async () => {
  const [app] = replicas as [App];
  const { body } = await untilThere(async () => {
    const answer = await look(app, '/v1/concerts');
    return answer.body.items.length > 0 && answer;
  });
  expect(body.items).toHaveLength(1);
  expect(body.items[0].schedules.map(({ seatsTotal }: { seatsTotal: number }) => seatsTotal)).toEqual([500, 20_000]);
  await eventually(
    () => world.on(topics.domainEvents).filter(({ value }) => value.type === 'schedule.published').length === 2,
  );
});

test('holds that nobody pays for end by themselves, and their seats are free', async () => {
  const [app] = replicas as [App];
  const show = await aShow(stage, app, 30);
  const path = `/v1/schedules/${show}/seats`;
  for (let fan = 1; fan <= 5; fan++) expect((await aFan(stage, `f${fan}`).hold(app, show, fan)).status).toBe(201);
  const { body } = await untilThere(async () => {
    const map = await look(app, path);
    return map.body.taken.length === 0 && map;
  });
  expect(body.version).toBeGreaterThan(2);
  await eventually(() => {
    const expired = world.on(topics.domainEvents).filter(({ value }) => value.type === 'reservation.expired');
    expect(expired.filter(({ value }) => value.scheduleId === show)).toHaveLength(5);
  });
});

test('a payment without an outcome stays pending, and is asked for again: the same bytes, the same deadline', async () => {
  const [app] = replicas as [App];
  const show = await aShow(stage, app, 30);
  const fan = aFan(stage, 'waiting');
  const { body } = await fan.hold(app, show, 3);
  await fan.pay(app, body.id, 'k');
  const requests = await untilThere(() => {
    const seen = world.on(topics.paymentRequests).filter(({ value }) => value.reservationId === body.id);
    return seen.length >= 4 && seen;
  });
  expect(new Set(requests.map(({ raw }) => raw)).size).toBe(1);
  expect(new Set(requests.map(({ headers }) => headers.deadline)).size).toBe(1);
  expect(new Set(requests.map(({ headers }) => headers['event-id'])).size).toBe(requests.length);
  expect((await fan.reservation(app, body.id)).body.status).toBe('PAYMENT_PENDING');
});
