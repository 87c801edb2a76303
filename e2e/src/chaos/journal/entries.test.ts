import { expect, test } from 'vitest';
import type { Answer, Call } from '../../client/api-client.ts';
import { entryOf, entryOfPush } from './entries.ts';

const token = `x.${Buffer.from(JSON.stringify({ sub: 'mina' })).toString('base64url')}.y`;
const answer = (status: number, body: unknown): Answer<unknown> => ({ status, body, retryAfterMs: null });
const call = (path: string, more: Partial<Call> = {}): Call => ({ method: 'POST', path, token, ...more });
const at = 5;

test('a hold, a payment, a cancellation and a top-up are promises', () => {
  const held = { id: 'r1', scheduleId: 3, seatNumber: 7, amount: 90_000 };
  expect(entryOf('hold', call('/v1/reservations'), answer(201, held), at)).toEqual({
    at,
    user: 'mina',
    what: 'hold',
    reservationId: 'r1',
    scheduleId: 3,
    seatNumber: 7,
    amount: 90_000,
  });
  expect(entryOf('pay', call('/v1/reservations/r1/payment'), answer(202, { id: 'r1' }), at)).toMatchObject({
    what: 'pay',
    reservationId: 'r1',
  });
  const topUp = call('/v1/wallet/charges', { body: { amount: 5 }, headers: { 'idempotency-key': 'k' } });
  expect(entryOf('top-up', topUp, answer(201, {}), at)).toMatchObject({ what: 'top-up', key: 'k', amount: 5 });
});

test('a place is known by the sequence number of its ticket', () => {
  const place = { state: 'WAITING', ticket: '1.42.signature' };
  expect(entryOf('join', call('/v1/schedules/3/queue'), answer(201, place), at)).toEqual({
    at,
    user: 'mina',
    what: 'place',
    scheduleId: 3,
    state: 'WAITING',
    sequence: 42,
  });
});

test('what was refused, or told to nobody, is no promise', () => {
  expect(entryOf('hold', call('/v1/reservations'), answer(409, { code: 'SEAT_TAKEN' }), at)).toBeNull();
  expect(entryOf('hold', call('/v1/reservations'), answer(0, new Error('cut')), at)).toBeNull();
  expect(entryOf('sales', { method: 'GET', path: '/v1/rankings' }, answer(200, {}), at)).toBeNull();
});

test('a push is a promise as an answer is', () => {
  const push = { type: 'reservation.changed', seq: 1, reservationId: 'r1', status: 'CONFIRMED' } as const;
  expect(entryOfPush('mina', push, at)).toMatchObject({ what: 'told', reservationId: 'r1', status: 'CONFIRMED' });
  expect(entryOfPush('mina', { type: 'queue.position', seq: 2 }, at)).toBeNull();
});
