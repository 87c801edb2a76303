import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFan, anOperator, aShow, look } from '../app/people.ts';
import { type App, type Stage, setStage } from '../app/test-app.ts';

let stage: Stage;
let app: App;
let show: number;
let seat = 0;
let fans = 0;

beforeAll(async () => {
  stage = await setStage();
  app = stage.app();
  show = await aShow(stage, app, 1_000, 77_000);
});
afterAll(() => stage.strike());

const nextSeat = (): number => ++seat;
const newFan = () => aFan(stage, `fan-${++fans}`);

describe('holding', () => {
  test('answers 201 with the seat, its price and its end', async () => {
    const fan = newFan();
    const held = await fan.hold(app, show, nextSeat());
    expect(held).toMatchObject({
      status: 201,
      body: { status: 'TEMPORARY_ASSIGNED', scheduleId: show, seatNumber: seat },
    });
    expect(Object.keys(held.body).toSorted()).toEqual(
      ['amount', 'holdExpiresAt', 'id', 'scheduleId', 'seatNumber', 'status'].toSorted(),
    );
    expect(held.body.amount).toBe(77_000);
    const end = Date.parse(held.body.holdExpiresAt) - Date.now();
    expect(end).toBeGreaterThan(290_000);
    expect(end).toBeLessThanOrEqual(300_000);
    const read = await fan.reservation(app, held.body.id);
    expect(read).toMatchObject({
      status: 200,
      body: { ...held.body, paymentDeadline: null, failReason: null, refund: 'NONE' },
    });
    expect(read.body.history).toMatchObject([{ status: 'TEMPORARY_ASSIGNED', reason: null }]);
  });

  test.each([
    ['a seat that is not there', { seatNumber: 1_001 }, 404, 'SEAT_NOT_FOUND'],
    ['a show that is not there', { scheduleId: 99_999_999_999 }, 404, 'SEAT_NOT_FOUND'],
    ['seat 0', { seatNumber: 0 }, 400, 'VALIDATION_FAILED'],
    ['a seat that is no number', { seatNumber: '7' }, 400, 'VALIDATION_FAILED'],
    ['a seat beyond all numbers', { seatNumber: 2 ** 60 }, 400, 'VALIDATION_FAILED'],
  ])('%s: %o', async (_, given, status, code) => {
    const body = { scheduleId: show, seatNumber: 900, ...given };
    const { userId } = newFan();
    const answer = await app.server.inject({
      method: 'POST',
      url: '/v1/reservations',
      headers: {
        authorization: stage.keys.authorization(userId),
        'x-admission-token': stage.keys.admissionToken({ userId, scheduleId: Number(body.scheduleId) }),
      },
      payload: body,
    });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test.each([
    ['none', () => undefined],
    ['no token at all', () => 'nonsense'],
    ["another fan's", () => stage.keys.admissionToken({ userId: 'somebody', scheduleId: show })],
    ["another schedule's", (userId: string) => stage.keys.admissionToken({ userId, scheduleId: show + 1 })],
    [
      'one that is over',
      (userId: string) =>
        stage.keys.admissionToken({ userId, scheduleId: show, expiresAt: new Date(Date.now() - 1_000) }),
    ],
    ["a fan's token instead", (userId: string) => stage.keys.fanToken(userId)],
  ])('needs an admission: %s is 403', async (_, token) => {
    const { userId } = newFan();
    const admission = token(userId);
    const answer = await app.server.inject({
      method: 'POST',
      url: '/v1/reservations',
      headers: {
        authorization: stage.keys.authorization(userId),
        ...(admission !== undefined && { 'x-admission-token': admission }),
      },
      payload: { scheduleId: show, seatNumber: 901 },
    });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'ADMISSION_REQUIRED']);
  });

  test('without a token, or with an admission as a token, is 401', async () => {
    const admission = stage.keys.admissionToken({ userId: 'x', scheduleId: show });
    for (const authorization of [undefined, 'Bearer x', `Bearer ${admission}`]) {
      const answer = await app.server.inject({
        method: 'POST',
        url: '/v1/reservations',
        headers: { 'x-admission-token': admission, ...(authorization && { authorization }) },
        payload: { scheduleId: show, seatNumber: 902 },
      });
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  test('is idempotent by key: the same answer, 422 for other parameters, another fan may use the same key', async () => {
    const fan = newFan();
    const wanted = nextSeat();
    const first = await fan.hold(app, show, wanted, 'my key');
    expect(first.status).toBe(201);
    expect(await fan.hold(app, show, wanted, 'my key')).toMatchObject({ status: 201, body: first.body });
    await fan.pay(app, first.body.id, 'p');
    expect(await fan.hold(app, show, wanted, 'my key')).toMatchObject({ status: 201, body: first.body });
    const other = await fan.hold(app, show, nextSeat(), 'my key');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect((await newFan().hold(app, show, seat, 'my key')).status).toBe(201);
    const bad = await fan.hold(app, show, nextSeat(), 'k'.repeat(256));
    expect([bad.status, bad.body.code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('twice at once with one key holds once', async () => {
    const fan = newFan();
    const wanted = nextSeat();
    const answers = await Promise.all(Array.from({ length: 10 }, () => fan.hold(app, show, wanted, 'at once')));
    const held = answers.filter(({ status }) => status === 201);
    expect(held.length).toBeGreaterThanOrEqual(1);
    expect(new Set(held.map(({ body }) => body.id)).size).toBe(1);
    const codes = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
    expect([...new Set(codes)].filter((code) => code !== 'IDEMPOTENCY_KEY_IN_USE')).toEqual([]);
  });
});

describe('paying', () => {
  test('is 202 with the deadline; the same key again is the same, another is 409', async () => {
    const fan = newFan();
    const { body } = await fan.hold(app, show, nextSeat());
    const paid = await fan.pay(app, body.id, 'pay-1');
    expect(paid).toMatchObject({ status: 202, body: { id: body.id, status: 'PAYMENT_PENDING' } });
    expect(Object.keys(paid.body).toSorted()).toEqual(['id', 'paymentDeadline', 'status']);
    expect(await fan.pay(app, body.id, 'pay-1')).toMatchObject({ status: 202, body: paid.body });
    const other = await fan.pay(app, body.id, 'pay-2');
    expect([other.status, other.body.code]).toEqual([409, 'PAYMENT_ALREADY_REQUESTED']);
    const read = await fan.reservation(app, body.id);
    expect(read.body).toMatchObject({ status: 'PAYMENT_PENDING', paymentDeadline: paid.body.paymentDeadline });
    expect(read.body.history.map(({ status }: { status: string }) => status)).toEqual([
      'TEMPORARY_ASSIGNED',
      'PAYMENT_PENDING',
    ]);
  });

  test('the same key pays for another reservation as well', async () => {
    const fan = newFan();
    const [one, two] = [await fan.hold(app, show, nextSeat()), await fan.hold(app, show, nextSeat())];
    expect((await fan.pay(app, one.body.id, 'same')).status).toBe(202);
    expect((await fan.pay(app, two.body.id, 'same')).status).toBe(202);
  });

  test('needs a key, and a reservation of one’s own', async () => {
    const fan = newFan();
    const { body } = await fan.hold(app, show, nextSeat());
    const keyless = await fan.pay(app, body.id, '');
    expect([keyless.status, keyless.body.code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
    for (const [who, id] of [
      [newFan(), body.id],
      [fan, 'unknown'],
      [fan, '0193b1f2-7c1a-7d3e-9a51-0c2f5a7e1b44'],
    ] as const) {
      const answer = await who.pay(app, id, 'k');
      expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect((await newFan().reservation(app, body.id)).status).toBe(404);
    expect((await newFan().cancel(app, body.id)).status).toBe(404);
  });
});

describe('letting go', () => {
  test('of a hold is 200 EXPIRED and frees the seat at once; again is the same', async () => {
    const fan = newFan();
    const { body } = await fan.hold(app, show, nextSeat());
    const gone = await fan.cancel(app, body.id);
    expect(gone).toMatchObject({ status: 200, body: { status: 'EXPIRED', failReason: 'RELEASED' } });
    expect(await fan.cancel(app, body.id)).toMatchObject({ status: 200, body: gone.body });
    expect((await newFan().hold(app, show, seat)).status).toBe(201);
    const late = await fan.pay(app, body.id, 'k');
    expect([late.status, late.body.code]).toEqual([409, 'HOLD_EXPIRED']);
  });

  test('while a payment is under way is 409', async () => {
    const fan = newFan();
    const { body } = await fan.hold(app, show, nextSeat());
    await fan.pay(app, body.id, 'k');
    const answer = await fan.cancel(app, body.id);
    expect([answer.status, answer.body.code]).toEqual([409, 'PAYMENT_IN_PROGRESS']);
  });
});

test('my reservations come newest first, page by page, and are mine', async () => {
  const fan = newFan();
  const ids: string[] = [];
  for (let each = 0; each < 7; each++) {
    const { body } = await fan.hold(app, show, nextSeat());
    ids.unshift(body.id);
    if (each < 4) await fan.cancel(app, body.id);
  }
  await newFan().hold(app, show, nextSeat());
  const seen: string[] = [];
  let cursor = '';
  for (let page = 0; page < 5; page++) {
    const { body } = await fan.get(app, `/v1/reservations?limit=3${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    if (body.nextCursor === null) break;
    cursor = body.nextCursor;
  }
  expect(seen).toEqual(ids);
  const bad = await fan.get(app, '/v1/reservations?cursor=abc');
  expect([bad.status, bad.body.code]).toEqual([400, 'VALIDATION_FAILED']);
});

test('a hold whose time is over is free for others, and looks expired to its fan, before any sweep', async () => {
  const shortly = stage.app({ HOLD_TTL_MS: '1' });
  const [fan, other] = [newFan(), newFan()];
  const { body } = await fan.hold(shortly, show, nextSeat());
  await expect.poll(() => Date.now() > Date.parse(body.holdExpiresAt)).toBe(true);
  expect((await fan.reservation(app, body.id)).body).toMatchObject({ status: 'EXPIRED', failReason: 'HOLD_LAPSED' });
  expect((await fan.pay(app, body.id, 'k')).body.code).toBe('HOLD_EXPIRED');
  expect((await other.hold(app, show, seat)).status).toBe(201);
});

test('an unknown path is 404, an unknown method 405, and the health pages answer', async () => {
  expect((await look(app, '/v1/nothing')).body.code).toBe('NOT_FOUND');
  expect((await anOperator(stage).delete(app, '/concerts')).body.code).toBe('METHOD_NOT_ALLOWED');
  expect((await look(app, '/ready')).body).toMatchObject({ status: 'ready', checks: { database: 'ok' } });
});
