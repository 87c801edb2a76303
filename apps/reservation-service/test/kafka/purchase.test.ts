import { chargeKeyOf, deadLetterTopic, type ReservationOutcome, topics } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import { aRefundResult, eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, aFan, anOperator, aShow, type Fan, look } from '../app/people.ts';
import { type App, type Stage, setStage, untilThere } from '../app/test-app.ts';
import { joinWorld, type World } from '../app/topic-reader.ts';

let stage: Stage;
let app: App;
let world: World;
let show: number;
let seat = 0;

const outcomesDlq = deadLetterTopic(topics.reservationOutcomes.name);

beforeAll(async () => {
  stage = await setStage();
  await stage.kafka.createTopics();
  app = stage.app({ SWEEP_INTERVAL_MS: '100' });
  await app.start();
  show = await aShow(stage, app, 500, 60_000);
  const { paymentRequests, refundRequests, domainEvents } = topics;
  world = await joinWorld(stage, [paymentRequests, refundRequests, domainEvents, outcomesDlq]);
});
afterAll(async () => {
  await world.leave();
  await stage.strike();
});

const eventsOf = (id: string) =>
  world
    .on(topics.domainEvents)
    .map(({ value }) => value)
    .filter((event) => event.type !== 'unknown' && 'reservationId' in event.data && event.data.reservationId === id)
    .map((event) => event.type);

const requestsOf = (id: string) => world.on(topics.paymentRequests).filter(({ value }) => value.reservationId === id);
const refundsOf = (id: string) => world.on(topics.refundRequests).filter(({ value }) => value.reservationId === id);

const outcomeOf = (id: string, userId: string, given: Partial<ReservationOutcome> = {}): ReservationOutcome => ({
  reservationId: id,
  userId,
  scheduleId: show,
  seatNumber: 1,
  outcome: 'CONFIRMED',
  reason: null,
  chargeKey: chargeKeyOf(id),
  amount: 60_000,
  decidedAt: new Date().toISOString(),
  ...given,
});

async function paid(userId: string): Promise<{ fan: Fan; id: string; seatNumber: number }> {
  const fan = aFan(stage, userId);
  const { body } = await fan.hold(app, show, ++seat);
  expect((await fan.pay(app, body.id, 'k')).status).toBe(202);
  return { fan, id: body.id, seatNumber: seat };
}

const becomes = (fan: Fan, id: string, wanted: Record<string, unknown>): Promise<Answer> =>
  eventually(async () => {
    const answer = await fan.reservation(app, id);
    expect(answer.body).toMatchObject(wanted);
    return answer;
  });

describe('a purchase', () => {
  test('goes from the hold to the refund, every step told', async () => {
    const { fan, id, seatNumber } = await paid('buyer');
    const [request] = await untilThere(() => requestsOf(id).length === 1 && requestsOf(id));
    expect(request?.value).toMatchObject({
      userId: 'buyer',
      amount: 60_000,
      idempotencyKey: `charge:${id}`,
      seatNumber,
    });
    expect(request?.headers).toMatchObject({ 'event-type': 'PaymentRequest', producer: 'reservation-service' });
    expect(Date.parse(request?.headers.deadline ?? '') - Date.parse(request?.value.requestedAt ?? '')).toBe(300_000);

    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'buyer'));
    const confirmed = await becomes(fan, id, { status: 'CONFIRMED', refund: 'NONE', failReason: null });
    expect(confirmed.body.history.map(({ status }: { status: string }) => status)).toEqual([
      'TEMPORARY_ASSIGNED',
      'PAYMENT_PENDING',
      'CONFIRMED',
    ]);
    const ranking = await untilThere(async () => {
      const { body } = await look(app, '/v1/rankings');
      return body.items.find(({ scheduleId }: { scheduleId: number }) => scheduleId === show) ?? false;
    });
    expect(ranking).toMatchObject({ sold: 1, seatsTotal: 500, soldOutAt: null, secondsToSellOut: null });

    const cancelled = await fan.cancel(app, id);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLED', refund: 'REQUESTED' } });
    expect(await fan.cancel(app, id)).toMatchObject({ status: 202, body: cancelled.body });
    expect((await aFan(stage, 'next').hold(app, show, seatNumber)).status).toBe(201);
    const [refund] = await untilThere(() => refundsOf(id).length === 1 && refundsOf(id));
    expect(refund?.value).toMatchObject({
      chargeKey: `charge:${id}`,
      refundKey: `refund:charge:${id}`,
      amount: 60_000,
    });

    await world.tell(topics.refundResults, aRefundResult({ reservationId: id, userId: 'buyer' }));
    await becomes(fan, id, { status: 'CANCELLED', refund: 'DONE' });
    await eventually(() => {
      expect(eventsOf(id)).toEqual([
        'reservation.held',
        'reservation.payment-pending',
        'reservation.confirmed',
        'reservation.cancelled',
        'reservation.refunded',
      ]);
    });
  });

  test('of a fan without money ends, and the seat is free', async () => {
    const { fan, id, seatNumber } = await paid('poor');
    const outcome = outcomeOf(id, 'poor', { outcome: 'PAYMENT_FAILED', reason: 'INSUFFICIENT_BALANCE' });
    await world.tell(topics.reservationOutcomes, outcome);
    await becomes(fan, id, { status: 'PAYMENT_FAILED', failReason: 'INSUFFICIENT_BALANCE' });
    expect((await aFan(stage, 'rich').hold(app, show, seatNumber)).status).toBe(201);
    const answer = await fan.cancel(app, id);
    expect([answer.status, answer.body.code]).toEqual([409, 'NOT_CANCELLABLE']);
  });

  test('is cancelled by the box office with a reason, also when the time for fans is over', async () => {
    const { fan, id } = await paid('ill');
    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'ill'));
    await becomes(fan, id, { status: 'CONFIRMED' });
    const operator = anOperator(stage);
    const over = new Date(Date.now() - 1_000).toISOString();
    await operator.patch(app, `/schedules/${show}`, { cancellableUntil: over });
    const refused = await fan.cancel(app, id);
    expect([refused.status, refused.body.code]).toEqual([409, 'NOT_CANCELLABLE']);
    const cancelled = await operator.post(app, `/reservations/${id}/cancellation`, { reason: 'doctor’s note' });
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLED', cancelReason: 'doctor’s note' } });
    await operator.patch(app, `/schedules/${show}`, { cancellableUntil: null });
    const [refund] = await untilThere(() => refundsOf(id).length === 1 && refundsOf(id));
    expect(refund?.value.reason).toBe('doctor’s note');
  });
});

describe('outcomes', () => {
  test('that come twenty times take effect once', async () => {
    const { fan, id } = await paid('echo');
    for (let copy = 0; copy < 20; copy++) await world.tell(topics.reservationOutcomes, outcomeOf(id, 'echo'));
    await becomes(fan, id, { status: 'CONFIRMED' });
    await fan.cancel(app, id);
    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'echo'));
    await eventually(() => refundsOf(id).length === 1);
    await eventually(() => eventsOf(id).length === 4);
  });

  test('that are late, or of another amount, are given back', async () => {
    const { fan, id } = await paid('late');
    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'late', { outcome: 'EXPIRED', reason: 'NO_RESULT' }));
    await becomes(fan, id, { status: 'EXPIRED', failReason: 'NO_RESULT' });
    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'late', { chargeKey: 'foreign-1' }));
    const odd = await paid('odd');
    await world.tell(topics.reservationOutcomes, outcomeOf(odd.id, 'odd', { amount: 1 }));
    await becomes(odd.fan, odd.id, { status: 'PAYMENT_FAILED', failReason: 'AMOUNT_MISMATCH' });
    await eventually(() => {
      expect(refundsOf(id).map(({ value }) => value.chargeKey)).toEqual(['foreign-1']);
      expect(refundsOf(odd.id).map(({ value }) => [value.chargeKey, value.amount])).toEqual([[`charge:${odd.id}`, 1]]);
    });
  });

  test('of others, and what is no outcome at all, stop nobody', async () => {
    const { fan, id } = await paid('patient');
    await world.tellRaw(topics.reservationOutcomes.name, 'not json');
    await world.tellRaw(topics.reservationOutcomes.name, JSON.stringify({ reservationId: id }));
    for (const foreign of ['order-77', uuidv7Ids.next(), 'ünïcödé 🎫', id.toUpperCase()]) {
      await world.tell(topics.reservationOutcomes, outcomeOf(foreign, 'x'));
    }
    await world.tell(topics.reservationOutcomes, outcomeOf(id, 'patient'));
    await becomes(fan, id, { status: 'CONFIRMED' });
    const letters = await untilThere(() => world.on(outcomesDlq).length === 2 && world.on(outcomesDlq));
    expect(letters.map(({ headers }) => headers['dlq-error-code']).toSorted()).toEqual([
      'MALFORMED_JSON',
      'VALIDATION_FAILED',
    ]);
    expect(letters[0]?.headers['dlq-group']).toContain('reservation-outcome-consumer-group');
    const { body } = await look(app, '/v1/rankings');
    expect(body.items.length).toBeGreaterThan(0);
    const metrics = await app.server.inject({ url: '/metrics' });
    expect(metrics.body).toMatch(/reservation_foreign_messages_total\{[^}]*topic="reservation-outcomes"[^}]*\} 4/);
  });
});

test('a cancelled show gives everybody their money back, each once', async () => {
  const operator = anOperator(stage);
  const cancelledShow = await aShow(stage, app, 40, 60_000);
  const bought: { fan: Fan; id: string }[] = [];
  for (let number = 1; number <= 12; number++) {
    const fan = aFan(stage, `ticket-${number}`);
    const { body } = await fan.hold(app, cancelledShow, number);
    bought.push({ fan, id: body.id });
    if (number <= 10) await fan.pay(app, body.id, 'k');
    if (number <= 8) {
      const given = { scheduleId: cancelledShow, amount: 60_000 };
      await world.tell(topics.reservationOutcomes, outcomeOf(body.id, fan.userId, given));
      await becomes(fan, body.id, { status: 'CONFIRMED' });
    }
  }
  const answer = await operator.post(app, `/schedules/${cancelledShow}/cancellation`, { reason: 'Rain' });
  expect(answer).toMatchObject({ status: 202, body: { status: 'CANCELLED', cancelReason: 'Rain' } });
  await operator.post(app, `/schedules/${cancelledShow}/cancellation`, { reason: 'Rain' });
  const progress = async () => (await operator.get(app, `/schedules/${cancelledShow}/cancellation`)).body;
  for (const { fan, id } of bought.slice(0, 8)) await becomes(fan, id, { status: 'CANCELLED', refund: 'REQUESTED' });
  for (const { fan, id } of bought.slice(10))
    await becomes(fan, id, { status: 'EXPIRED', failReason: 'SCHEDULE_CANCELLED' });
  expect(await progress()).toEqual({
    scheduleId: cancelledShow,
    reason: 'Rain',
    finished: false,
    live: { held: 0, pending: 2, confirmed: 0 },
    refunds: { requested: 8, done: 0 },
  });
  for (const { fan, id } of bought.slice(8, 10)) {
    await becomes(fan, id, { status: 'PAYMENT_PENDING' });
    await world.tell(topics.reservationOutcomes, outcomeOf(id, fan.userId, { scheduleId: cancelledShow }));
    await becomes(fan, id, { status: 'CANCELLED' });
  }
  await eventually(() => {
    for (const { id } of bought.slice(0, 10)) expect(refundsOf(id)).toHaveLength(1);
  });
  for (const { fan, id } of bought.slice(0, 10)) {
    await world.tell(topics.refundResults, aRefundResult({ reservationId: id, userId: fan.userId }));
  }
  await eventually(async () => {
    expect(await progress()).toMatchObject({ finished: true, refunds: { requested: 0, done: 10 } });
  });
  for (const other of [show, 999_999]) {
    expect((await operator.get(app, `/schedules/${other}/cancellation`)).status).toBe(404);
  }
  expect((await aFan(stage, 'z').hold(app, cancelledShow, 30)).body.code).toBe('SALES_CLOSED');
  const { body } = await look(app, `/v1/schedules/${cancelledShow}/seats`);
  expect(body.taken).toEqual([]);
});
