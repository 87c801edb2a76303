import {
  type PaymentRequest,
  type PaymentResult,
  type RefundRequest,
  type ReservationOutcome,
  topics,
} from '@stagedoor/contracts';
import { aPaymentRequest, aPaymentResult, aRefundResult, eventually } from '@stagedoor/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { CONSUMER_GROUP } from '../../src/inbound/kafka/subscriptions.ts';
import { bare, type Decider, deadLettersOf, startedDecider } from './decider.ts';

const { paymentRequests, paymentResults, refundRequests, refundResults, reservationOutcomes } = topics;

let decider: Decider;
afterEach(() => decider.close());

const requested = (...values: PaymentRequest[]) =>
  decider.send(values.map((value) => bare(paymentRequests, value.userId, value)));
const resulted = (...values: PaymentResult[]) =>
  decider.send(values.map((value) => bare(paymentResults, value.reservationId, value)));
const outcomes = () => decider.values<ReservationOutcome>(reservationOutcomes);
const refunds = () => decider.values<RefundRequest>(refundRequests);
const ids = (count: number, prefix = 'r') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const requestOf = (reservationId: string, given: Partial<PaymentRequest> = {}) =>
  aPaymentRequest({ reservationId, userId: `fan-${reservationId}`, ...given });
const resultOf = (reservationId: string, given: Partial<PaymentResult> = {}) =>
  aPaymentResult({ reservationId, userId: `fan-${reservationId}`, ...given });

test('payments are decided, expired and refunded, each told once', async () => {
  decider = await startedDecider();
  const app = await decider.start();
  const past = new Date(Date.now() - 299_500).toISOString();
  await requested(requestOf('paid'), requestOf('poor'), requestOf('late', { requestedAt: past }));
  await resulted(resultOf('paid'), resultOf('poor', { failReason: 'INSUFFICIENT_BALANCE' }), resultOf('early'));
  await eventually(async () => expect(await decider.statuses()).toMatchObject({ CONFIRMED: 1, EXPIRED: 1 }));
  await resulted(resultOf('late'), resultOf('paid'));
  await requested(requestOf('early'));
  await eventually(() => expect(outcomes()).toHaveLength(4));
  expect(Object.fromEntries(outcomes().map(({ reservationId, outcome }) => [reservationId, outcome]))).toEqual({
    paid: 'CONFIRMED',
    poor: 'PAYMENT_FAILED',
    late: 'EXPIRED',
    early: 'CONFIRMED',
  });
  await eventually(() => expect(refunds().map(({ chargeKey }) => chargeKey)).toEqual(['charge:late']));
  await decider.send([bare(refundResults, 'late', aRefundResult({ reservationId: 'late' }))]);
  await eventually(async () => {
    expect(await decider.query('SELECT status FROM refunds')).toEqual([{ status: 'REFUNDED' }]);
  });
  await requested(requestOf('waits'));
  await resulted(resultOf('foreign'));
  await decider.send([bare(deadLettersOf(paymentRequests), 'x', 'not json')]);
  await eventually(async () => {
    const metrics = (await app.server.inject('/metrics')).body;
    for (const line of [
      'result_decisions_total{outcome="CONFIRMED",app="result-worker"} 2',
      'result_decisions_total{outcome="PAYMENT_FAILED",app="result-worker"} 1',
      'result_decisions_total{outcome="EXPIRED",app="result-worker"} 1',
      'result_refunds_requested_total{reason="PAYMENT_EXPIRED",app="result-worker"} 1',
      'result_refund_results_total{status="REFUNDED",app="result-worker"} 1',
      'result_pending{app="result-worker"} 1',
      'result_awaiting_request{app="result-worker"} 1',
      'result_dead_letters{topic="payment-requests.dlq",status="NEW",app="result-worker"} 1',
      'result_expiry_possible{app="result-worker"} 1',
    ]) {
      expect(metrics).toContain(`${line}\n`);
    }
  });
});

test('a foreign program that writes bare records only is decided like ours', async () => {
  decider = await startedDecider();
  await decider.start();
  const { idempotencyKey: _key, amount: _amount, ...result } = resultOf('r1');
  await decider.send([
    bare(paymentResults, 'r1', { ...result, processedAt: [2025, 11, 28, 10, 0, 1], colour: 'blue' }),
    bare(paymentRequests, 'fan-r1', {
      ...requestOf('r1', { idempotencyKey: 'theirs' }),
      requestedAt: '2025-11-28T10:00:00',
    }),
  ]);
  await eventually(() => expect(outcomes()).toMatchObject([{ outcome: 'CONFIRMED', chargeKey: 'theirs' }]));
});

describe('down longer than the deadline', () => {
  test('with results waiting that were made in time: all are confirmed, none expired', async () => {
    decider = await startedDecider({ PAYMENT_TIMEOUT_MS: '2000' });
    const first = await decider.start();
    const [known, unread] = [ids(200, 'known'), ids(200, 'unread')];
    await requested(...known.map((id) => requestOf(id)));
    await eventually(async () => expect(await decider.statuses()).toEqual({ PENDING: 200 }), 1_900);
    await decider.stop(first);
    // While it is down: the rest is requested, everything is paid, and every deadline passes.
    await requested(...unread.map((id) => requestOf(id)));
    await resulted(...[...known, ...unread].map((id) => resultOf(id)));
    const deadline = Date.now() + 2_000;
    await requested(requestOf('unpaid'));
    await eventually(() => Date.now() > deadline + 500);
    await decider.start();
    await eventually(async () => expect(await decider.statuses()).toEqual({ CONFIRMED: 400, EXPIRED: 1 }), 20_000);
    await eventually(() => expect(outcomes()).toHaveLength(401));
    expect(refunds().map(({ reservationId }) => reservationId)).toEqual(['unpaid']);
  });
});

test('results that retention removed hold up no expiry: a group without commits stands where the topic begins', async () => {
  decider = await startedDecider();
  await resulted(...ids(30).map((id) => resultOf(id)));
  await decider.removeAll(paymentResults);
  await decider.start();
  await requested(requestOf('late', { requestedAt: new Date(Date.now() - 299_900).toISOString() }));
  await eventually(() => expect(outcomes()).toMatchObject([{ reservationId: 'late', outcome: 'EXPIRED' }]));
});

test('history replayed from its beginning changes nothing and has no second effect', async () => {
  decider = await startedDecider();
  const first = await decider.start();
  const all = ids(60);
  await requested(...all.map((id) => requestOf(id)));
  await eventually(async () => expect(await decider.statuses()).toEqual({ PENDING: 60 }));
  await resulted(
    ...all.map((id, index) => resultOf(id, index % 3 === 0 ? { failReason: 'DECLINED' } : {})),
    ...all.map((id) => resultOf(id, { idempotencyKey: `${id}-again` })),
  );
  await eventually(() => expect(refunds()).toHaveLength(60));
  await eventually(() => expect(outcomes()).toHaveLength(60));
  const told = new Map(outcomes().map((outcome) => [outcome.reservationId, outcome]));
  const rows = await decider.query('SELECT reservation_id, status, decided_key, decided_at FROM decisions');
  await decider.stop(first);
  await decider.rewind(CONSUMER_GROUP);
  await decider.start();
  await eventually(() => expect(outcomes()).toHaveLength(120), 20_000);
  for (const outcome of outcomes()) expect(outcome).toEqual(told.get(outcome.reservationId));
  await eventually(async () => {
    const seen = await decider.query<{ least: number }>('SELECT MIN(requests_seen) AS least FROM decisions');
    expect(Number(seen[0]?.least)).toBe(2);
  });
  expect(refunds()).toHaveLength(60);
  expect(await decider.query('SELECT reservation_id, status, decided_key, decided_at FROM decisions')).toEqual(rows);
});

test('bad results before a good one: dead letters with reasons, the good one decides, a repaired one replays', async () => {
  decider = await startedDecider();
  const app = await decider.start();
  await requested(requestOf('good'), requestOf('repaired'));
  const broken = [
    'not json',
    '{}',
    { ...resultOf('repaired'), status: 'MAYBE' },
    Buffer.from([0xff, 0x00]),
    { ...resultOf('repaired'), amount: -1 },
  ];
  await decider.send([
    ...broken.map((value) => bare(paymentResults, 'repaired', value)),
    bare(paymentResults, 'repaired', resultOf('good')),
  ]);
  await eventually(() => expect(outcomes()).toMatchObject([{ reservationId: 'good', outcome: 'CONFIRMED' }]));
  const headers = { authorization: decider.authorization };
  const listed = async () =>
    (await app.server.inject({ url: '/v1/admin/dead-letters?topic=payment-results', headers })).json().items;
  await eventually(async () => expect(await listed()).toHaveLength(5));
  const letters: { id: string; error: { code: string }; group: string; partition: number }[] = await listed();
  expect(letters.map(({ error }) => error.code).toSorted()).toEqual([
    'MALFORMED_JSON',
    'NOT_UTF8',
    'VALIDATION_FAILED',
    'VALIDATION_FAILED',
    'VALIDATION_FAILED',
  ]);
  expect(new Set(letters.map(({ group }) => group))).toEqual(new Set([CONSUMER_GROUP]));
  const replayed = await app.server.inject({
    method: 'POST',
    url: `/v1/admin/dead-letters/${letters[0]?.id}/replay`,
    headers,
    payload: { reason: 'a test', value: JSON.stringify(resultOf('repaired')) },
  });
  expect(replayed.statusCode).toBe(202);
  await eventually(async () => expect(await decider.statuses()).toEqual({ CONFIRMED: 2 }));
});

test('two replicas share requests and results that cross each other', async () => {
  decider = await startedDecider({ COMMIT_MAX_BATCH: '20' });
  await Promise.all([decider.start(), decider.start()]);
  const all = ids(1_500);
  await Promise.all([
    requested(...all.map((id) => requestOf(id))),
    resulted(...all.toReversed().map((id) => resultOf(id))),
    resulted(...all.map((id) => resultOf(id, { idempotencyKey: `${id}-again` }))),
  ]);
  await eventually(async () => expect(await decider.statuses()).toEqual({ CONFIRMED: 1_500 }), 40_000);
  await eventually(() => expect(refunds().length).toBe(1_500), 20_000);
  expect(new Set(refunds().map(({ refundKey }) => refundKey)).size).toBe(1_500);
  const deciding = new Map(outcomes().map(({ reservationId, chargeKey }) => [reservationId, chargeKey]));
  for (const { reservationId, chargeKey } of refunds()) expect(chargeKey).not.toBe(deciding.get(reservationId));
  expect(await decider.query('SELECT * FROM early_results')).toEqual([]);
});
