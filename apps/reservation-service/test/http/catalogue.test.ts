import { openDatabase } from '@stagedoor/platform';
import { eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFan, anOperator, aShow, look } from '../app/people.ts';
import { type App, type Stage, setStage } from '../app/test-app.ts';

let stage: Stage;
let app: App;

beforeAll(async () => {
  stage = await setStage();
  app = stage.app();
});
afterAll(() => stage.strike());

const HOUR_MS = 3_600_000;
const soon = new Date(Date.now() + HOUR_MS).toISOString();
const later = new Date(Date.now() + 48 * HOUR_MS).toISOString();
const section = { name: 'Floor', grade: 'R', price: 50_000, rows: 2, rowLength: 5 };
const plan = (given: object = {}) => ({
  title: 'Ode',
  venue: 'Hall',
  schedules: [{ startsAt: later, opensAt: soon, sections: [section, { ...section, name: 'Back', price: 30_000 }] }],
  ...given,
});

describe('concerts', () => {
  test('are published with numbered seats, listed newest first and read one by one', async () => {
    const operator = anOperator(stage);
    const published = [];
    for (const title of ['One', 'Two', 'Three']) published.push(await operator.post(app, '/concerts', plan({ title })));
    expect(published.map(({ status }) => status)).toEqual([201, 201, 201]);
    const [, , third] = published;
    expect(third?.body).toMatchObject({
      title: 'Three',
      venue: 'Hall',
      schedules: [{ seatsTotal: 20, seatsLeft: 20, status: 'ON_SALE' }],
    });
    expect(await look(app, `/v1/concerts/${third?.body.id}`)).toMatchObject({ status: 200, body: third?.body });

    const first = await look(app, '/v1/concerts?limit=2');
    expect(first.body.items.map(({ title }: { title: string }) => title)).toEqual(['Three', 'Two']);
    const second = await look(app, `/v1/concerts?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items[0].title).toBe('One');
    for (const id of ['999999', '99999999999999']) expect((await look(app, `/v1/concerts/${id}`)).status).toBe(404);
    expect((await look(app, '/v1/concerts/x')).status).toBe(400);

    const scheduleId = third?.body.schedules[0].id;
    const map = await look(app, `/v1/schedules/${scheduleId}/seats`);
    expect(map.body).toEqual({
      scheduleId,
      version: 1,
      seatsTotal: 20,
      sections: [
        { name: 'Floor', grade: 'R', price: 50_000, from: 1, to: 10, rowLength: 5 },
        { name: 'Back', grade: 'R', price: 30_000, from: 11, to: 20, rowLength: 5 },
      ],
      taken: [],
    });
  });

  test.each([
    ['no schedules', { schedules: [] }],
    ['an empty title', { title: ' ' }],
    ['control characters', { title: 'a\u0000b' }],
    ['an opening after the start', { schedules: [{ startsAt: soon, opensAt: later, sections: [section] }] }],
    ['a time without a zone', { schedules: [{ startsAt: '2030-01-01T10:00:00', opensAt: soon, sections: [section] }] }],
    [
      'more seats than a schedule may have',
      {
        schedules: [{ startsAt: later, opensAt: soon, sections: [{ ...section, rows: 1_001, rowLength: 100 }] }],
      },
    ],
    ['a price of nothing', { schedules: [{ startsAt: later, opensAt: soon, sections: [{ ...section, price: 0 }] }] }],
  ])('with %s are refused', async (_, given) => {
    const answer = await anOperator(stage).post(app, '/concerts', plan(given));
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.errors.length).toBeGreaterThan(0);
  });

  test('are for operators to publish', async () => {
    const asFan = await app.server.inject({
      method: 'POST',
      url: '/v1/admin/concerts',
      headers: { authorization: stage.keys.authorization('fan') },
      payload: plan(),
    });
    expect([asFan.statusCode, asFan.json().code]).toEqual([403, 'FORBIDDEN']);
    const anonymous = await app.server.inject({ method: 'POST', url: '/v1/admin/concerts', payload: plan() });
    expect(anonymous.statusCode).toBe(401);
  });
});

describe('the seat map', () => {
  test('has a version and an ETag; an unchanged one is 304', async () => {
    const show = await aShow(stage, app, 30);
    const path = `/v1/schedules/${show}/seats`;
    const empty = await look(app, path);
    expect(empty.headers.etag).toBe(`"${show}-1"`);
    for (const tag of [`"${show}-1"`, `W/"${show}-1"`, `"x", "${show}-1"`, '*']) {
      expect(await look(app, path, { 'if-none-match': tag })).toMatchObject({ status: 304, body: null });
    }
    for (const [fan, seat] of [
      ['a', 3],
      ['b', 4],
      ['c', 9],
    ] as const) {
      await aFan(stage, fan).hold(app, show, seat);
    }
    const full = await look(app, path, { 'if-none-match': `"${show}-1"` });
    expect(full).toMatchObject({
      status: 200,
      body: {
        version: 4,
        taken: [
          [3, 4],
          [9, 9],
        ],
        seatsTotal: 30,
      },
    });
    expect(full.headers['content-type']).toContain('application/json');
  });

  test('since a version is what changed after it; since an unknown one, the whole', async () => {
    const show = await aShow(stage, app, 30);
    const path = `/v1/schedules/${show}/seats`;
    await look(app, path);
    const fan = aFan(stage, 'since');
    const { body } = await fan.hold(app, show, 5);
    await fan.hold(app, show, 6);
    expect((await look(app, `${path}?since=1`)).body).toEqual({
      scheduleId: show,
      version: 3,
      taken: [[5, 6]],
      freed: [],
    });
    await fan.cancel(app, body.id);
    expect((await look(app, `${path}?since=3`)).body).toEqual({
      scheduleId: show,
      version: 4,
      taken: [],
      freed: [[5, 5]],
    });
    expect((await look(app, `${path}?since=4`)).body).toEqual({ scheduleId: show, version: 4, taken: [], freed: [] });
    for (const unknown of [0, 77]) {
      expect((await look(app, `${path}?since=${unknown}`)).body).toMatchObject({ seatsTotal: 30, taken: [[6, 6]] });
    }
    expect((await look(app, `${path}?since=-1`)).status).toBe(400);
    expect((await look(app, '/v1/schedules/77777777/seats')).status).toBe(404);
    expect((await look(app, '/v1/schedules/7777777777777/seats')).status).toBe(404);
  });

  test('on another replica follows within its age', async () => {
    const other = stage.app({ SEAT_MAP_MAX_AGE_MS: '20' });
    const show = await aShow(stage, app, 30);
    const path = `/v1/schedules/${show}/seats`;
    await look(other, path);
    await aFan(stage, 'x').hold(app, show, 1);
    await eventually(async () => (await look(other, path)).body.version === 2);
  });
});

describe('house seats', () => {
  test('are blocked and freed; a seat of a fan is in the way', async () => {
    const show = await aShow(stage, app, 30);
    const operator = anOperator(stage);
    const path = `/schedules/${show}/seat-blocks`;
    await aFan(stage, 'a').hold(app, show, 10);
    const inTheWay = await operator.post(app, path, { from: 8, to: 12 });
    expect(inTheWay).toMatchObject({ status: 409, body: { code: 'SEAT_TAKEN', taken: [[10, 10]] } });
    expect(await operator.post(app, path, { from: 1, to: 4 })).toMatchObject({
      status: 200,
      body: { seats: [[1, 4]] },
    });
    expect((await aFan(stage, 'b').hold(app, show, 2)).body.code).toBe('SEAT_TAKEN');
    expect(await operator.delete(app, path, { from: 2, to: 12 })).toMatchObject({
      status: 200,
      body: { seats: [[2, 4]] },
    });
    expect((await aFan(stage, 'b').hold(app, show, 2)).status).toBe(201);
    expect((await operator.post(app, path, { from: 30, to: 31 })).body.code).toBe('SEAT_NOT_FOUND');
    expect((await operator.post(app, path, { from: 5, to: 4 })).body.code).toBe('VALIDATION_FAILED');
    expect((await operator.post(app, '/schedules/999999/seat-blocks', { from: 1, to: 1 })).body.code).toBe('NOT_FOUND');
  });
});

describe('the terms of a show', () => {
  test('change at once, on every replica: no hold before the opening or after the end', async () => {
    const other = stage.app({ SCHEDULE_MAX_AGE_MS: '600000' });
    const show = await aShow(stage, app, 30);
    const operator = anOperator(stage);
    // The other replica knows the terms, and would for ten minutes.
    expect((await aFan(stage, 'a').hold(other, show, 1)).status).toBe(201);
    const ended = new Date(Date.now() - 1_000).toISOString();
    expect(await operator.patch(app, `/schedules/${show}`, { salesEndAt: ended })).toMatchObject({
      status: 200,
      body: { salesEndAt: ended },
    });
    for (const replica of [app, other]) {
      expect((await aFan(stage, 'b').hold(replica, show, 2)).body.code).toBe('SALES_CLOSED');
    }
    await operator.patch(app, `/schedules/${show}`, { salesEndAt: null, opensAt: soon });
    expect((await aFan(stage, 'b').hold(app, show, 2)).body.code).toBe('SALES_CLOSED');
    await operator.patch(app, `/schedules/${show}`, { opensAt: ended });
    expect((await aFan(stage, 'b').hold(app, show, 2)).status).toBe(201);
  });

  test.each([
    ['nothing', {}],
    ['an unknown field', { opens: soon }],
    ['an opening after the start', { opensAt: '2099-01-01T00:00:00Z' }],
    ['no time', { startsAt: 'tomorrow' }],
  ])('cannot change to %s', async (_, patch) => {
    const show = await aShow(stage, app, 10);
    const answer = await anOperator(stage).patch(app, `/schedules/${show}`, patch);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('of a show that is not there cannot change', async () => {
    expect((await anOperator(stage).patch(app, '/schedules/999999', { opensAt: soon })).status).toBe(404);
  });
});

test('the box office finds a purchase by its fan and by its seat, and lets go of a hold for the fan', async () => {
  const show = await aShow(stage, app, 30);
  const operator = anOperator(stage);
  const fan = aFan(stage, 'lost his phone');
  const { body } = await fan.hold(app, show, 8);
  const byFan = await operator.get(app, `/reservations?userId=${encodeURIComponent(fan.userId)}`);
  const bySeat = await operator.get(app, `/reservations?scheduleId=${show}&seatNumber=8`);
  expect(byFan.body.items).toMatchObject([{ id: body.id, userId: fan.userId, chargeKey: null }]);
  expect(bySeat.body).toEqual(byFan.body);
  for (const query of ['', '?scheduleId=1', `?userId=a&scheduleId=${show}&seatNumber=8`]) {
    expect((await operator.get(app, `/reservations${query}`)).body.code).toBe('VALIDATION_FAILED');
  }
  const path = `/reservations/${body.id}/cancellation`;
  expect((await operator.post(app, path, {})).body.code).toBe('VALIDATION_FAILED');
  expect(await operator.post(app, path, { reason: 'asked by phone' })).toMatchObject({
    status: 200,
    body: { status: 'EXPIRED' },
  });
  expect((await operator.post(app, '/reservations/x/cancellation', { reason: 'y' })).status).toBe(404);
  expect((await operator.get(app, `/reservations?scheduleId=${show}&seatNumber=8`)).body.items).toHaveLength(1);
});

test('what operators do is in the audit log, with their name', async () => {
  const operator = anOperator(stage, 'operator-9');
  const published = await operator.post(app, '/concerts', plan({ title: 'Audited' }));
  const [{ id }] = published.body.schedules;
  await operator.patch(app, `/schedules/${id}`, { salesEndAt: later });
  await operator.post(app, `/schedules/${id}/seat-blocks`, { from: 1, to: 2 });
  await operator.delete(app, `/schedules/${id}/seat-blocks`, { from: 1, to: 2 });
  await operator.post(app, `/schedules/${id}/cancellation`, { reason: 'Fire' });
  const database = openDatabase(stage.database.config);
  const rows = await database.pool.query<{ action: string; subject: string; detail: string }[]>(
    "SELECT action, subject, detail FROM audit_log WHERE actor = 'operator-9' ORDER BY id",
  );
  await database.close();
  expect(rows.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
    `concert.publish ${published.body.id}`,
    `schedule.change ${id}`,
    `seats.block ${id}`,
    `seats.unblock ${id}`,
    `schedule.cancel ${id}`,
  ]);
  expect(JSON.parse(rows[4]?.detail ?? '')).toEqual({ reason: 'Fire' });
});
