import { randomUUID } from 'node:crypto';
import { eventually } from '@stagedoor/testkit';
import { describe, expect, test } from 'vitest';
import { problemCode } from '../src/client/answers.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { FanSocket, type Push } from '../src/client/fan-socket.ts';
import { openConcert } from '../src/crowd/opening.ts';
import { admitted, newFan, payFor, reaches, refunded } from './steps.ts';
import { useStack } from './use-stack.ts';

const system = useStack();
const PRICE = 150_000;

const concert = async (seats = 50) => (await openConcert(system.api, seats, 'Purchase')).scheduleId;

describe('one fan', () => {
  test('goes the whole way: joins, is admitted, holds, pays, is confirmed, and hears of it by push', async () => {
    const scheduleId = await concert();
    const fan = await newFan(system.api, 500_000);
    const joined = await fan.join(scheduleId);
    expect(joined.status).toBe(201);
    const pushes: Push[] = [];
    const socket = await FanSocket.open(system.stack.urls.edge, fan.token, scheduleId, joined.body.ticket);
    expect(socket).not.toBeNull();
    socket?.onPush((push) => pushes.push(push));
    const admission = await admitted(fan, scheduleId);

    const held = await fan.hold(scheduleId, 7, admission);
    expect(held.status).toBe(201);
    expect(held.body).toMatchObject({ status: 'TEMPORARY_ASSIGNED', scheduleId, seatNumber: 7, amount: PRICE });
    const key = randomUUID();
    const accepted = await fan.pay(held.body.id, key);
    expect(accepted.status).toBe(202);
    expect(accepted.body).toMatchObject({ id: held.body.id, status: 'PAYMENT_PENDING' });

    const confirmed = await reaches(fan, held.body.id, 'CONFIRMED');
    expect(confirmed.history.map(({ status }) => status)).toEqual([
      'TEMPORARY_ASSIGNED',
      'PAYMENT_PENDING',
      'CONFIRMED',
    ]);
    expect((await fan.wallet()).body.balance).toBe(500_000 - PRICE);
    expect((await fan.pay(held.body.id, key)).status).toBe(202);
    expect(problemCode((await fan.pay(held.body.id, randomUUID())).body)).toBe('PAYMENT_ALREADY_REQUESTED');
    await eventually(() =>
      expect(pushes).toContainEqual(
        expect.objectContaining({ type: 'reservation.changed', reservationId: held.body.id, status: 'CONFIRMED' }),
      ),
    );
    socket?.close();
  });

  test('without enough money ends PAYMENT_FAILED, and the seat is free again', async () => {
    const scheduleId = await concert();
    const fan = await newFan(system.api, 1_000);
    const reservation = await payFor(fan, scheduleId, 3, await admitted(fan, scheduleId));
    expect((await reaches(fan, reservation.id, 'PAYMENT_FAILED')).failReason).toBe('INSUFFICIENT_BALANCE');
    expect((await fan.wallet()).body.balance).toBe(1_000);
    expect((await fan.seats(scheduleId)).body.taken).toEqual([]);
  });

  test('who never had a wallet ends PAYMENT_FAILED, too', async () => {
    const scheduleId = await concert();
    const fan = await newFan(system.api, 0);
    const reservation = await payFor(fan, scheduleId, 3, await admitted(fan, scheduleId));
    expect((await reaches(fan, reservation.id, 'PAYMENT_FAILED')).failReason).toBe('WALLET_NOT_FOUND');
  });

  test('who cancels has the money back and the seat is free', async () => {
    const scheduleId = await concert();
    const fan = await newFan(system.api, PRICE);
    const reservation = await payFor(fan, scheduleId, 5, await admitted(fan, scheduleId));
    await reaches(fan, reservation.id, 'CONFIRMED');
    const cancelled = await fan.cancel(reservation.id);
    expect([cancelled.status, cancelled.body.status]).toEqual([202, 'CANCELLED']);
    await refunded(fan, reservation.id);
    expect((await fan.wallet()).body.balance).toBe(PRICE);
    expect((await fan.seats(scheduleId)).body.taken).toEqual([]);
  });

  test("does not see another's reservation, and holds nothing without an admission of one's own", async () => {
    const scheduleId = await concert();
    const [mina, joon] = [await newFan(system.api, 0), await newFan(system.api, 0)];
    const admission = await admitted(mina, scheduleId);
    const held = await mina.hold(scheduleId, 1, admission);
    expect((await joon.reservation(held.body.id)).status).toBe(404);
    expect(problemCode((await joon.hold(scheduleId, 2, admission)).body)).toBe('ADMISSION_REQUIRED');
    expect(problemCode((await mina.hold(await concert(), 2, admission)).body)).toBe('ADMISSION_REQUIRED');
  });
});

describe('a crowd on one seat', () => {
  test('100 fans hold it at the same moment: one 201, ninety-nine 409, ten times over', async () => {
    const scheduleId = await concert();
    const fans = await Promise.all(Array.from({ length: 100 }, () => newFan(system.api, 0)));
    const admissions = await Promise.all(fans.map((fan) => admitted(fan, scheduleId)));
    for (let seat = 1; seat <= 10; seat++) {
      const answers = await Promise.all(
        fans.map((fan, index) => fan.hold(scheduleId, seat, admissions[index] as string)),
      );
      const codes = answers.map(({ status, body }) => (status === 201 ? 'held' : problemCode(body)));
      expect(codes.filter((code) => code === 'held')).toHaveLength(1);
      expect(codes.filter((code) => code === 'SEAT_TAKEN' || code === 'HOLD_LIMIT_REACHED')).toHaveLength(99);
    }
  }, 120_000);

  test('one fan, 20 parallel holds of different seats: exactly 4', async () => {
    const scheduleId = await concert();
    const fan = await newFan(system.api, 0);
    const admission = await admitted(fan, scheduleId);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => fan.hold(scheduleId, index + 1, admission)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(answers.filter(({ body }) => problemCode(body) === 'HOLD_LIMIT_REACHED')).toHaveLength(16);
  });
});

test('every app is ready, and shows its interface through the edge', async () => {
  for (const app of ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker']) {
    expect((await system.api.call('health', { method: 'GET', path: `/health/${app}` })).status).toBe(200);
    const openApi = await system.api.call<{ paths: object }>('openapi', {
      method: 'GET',
      path: `/openapi/${app}.json`,
    });
    expect(Object.keys(openApi.body.paths).length).toBeGreaterThan(0);
  }
});

test('without a token nothing but the catalogue, the seat maps and the rankings is seen', async () => {
  const scheduleId = await concert();
  const status = async (path: string) => (await system.api.call('public', { method: 'GET', path })).status;
  expect(await Promise.all(['/v1/concerts', `/v1/schedules/${scheduleId}/seats`, '/v1/rankings'].map(status))).toEqual([
    200, 200, 200,
  ]);
  expect(
    await Promise.all(
      ['/v1/reservations', '/v1/wallet', `/v1/schedules/${scheduleId}/queue/me`, '/v1/admin/dead-letters'].map(status),
    ),
  ).toEqual([401, 401, 401, 401]);
  const fan = await FanSession.open(system.api, 'no-admin');
  const asFan = await system.api.call('admin', { method: 'GET', path: '/v1/admin/dead-letters', token: fan.token });
  expect(asFan.status).toBe(403);
});
