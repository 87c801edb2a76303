import { deadLetterTopic, type PaymentResult, type RefundResult, topics } from '@stagedoor/contracts';
import { aPaymentRequest, aRefundRequest, eventually } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startedWorker, type Worker } from './worker.ts';

let worker: Worker;

beforeAll(async () => {
  worker = await startedWorker();
});
afterAll(() => worker.close());

const { paymentRequests, paymentResults, refundRequests, refundResults } = topics;

const topUp = async (userId: string, amount: number) => {
  const answer = await worker.app.server.inject({
    method: 'POST',
    url: '/v1/wallet/charges',
    headers: { authorization: worker.keys.authorization(userId), 'idempotency-key': 'first' },
    payload: { amount },
  });
  expect(answer.statusCode).toBe(201);
};
const balance = async (userId: string) => {
  const answer = await worker.app.server.inject({
    url: '/v1/wallet',
    headers: { authorization: worker.keys.authorization(userId) },
  });
  return answer.json().balance as number;
};
const resultsOf = (reservationId: string, count = 1) =>
  eventually(() => {
    const results = worker
      .values<PaymentResult>(paymentResults)
      .filter((result) => result.reservationId === reservationId);
    expect(results).toHaveLength(count);
    return results;
  });
const refundsOf = (reservationId: string, count = 1) =>
  eventually(() => {
    const results = worker
      .values<RefundResult>(refundResults)
      .filter((result) => result.reservationId === reservationId);
    expect(results).toHaveLength(count);
    return results;
  });
const deadLetters = (topic: { name: string }) => worker.on(deadLetterTopic(topic.name));

describe('a foreign producer that knows only the bare record', () => {
  const now = new Date();
  const java = [
    now.getUTCFullYear(),
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    0,
  ];
  test.each([
    ['in UTC', now.toISOString()],
    ['without offset', now.toISOString().slice(0, -1)],
    // Nine hours behind, if it were UTC: long past its deadline.
    ['in local time without offset', new Date(now.getTime() - 9 * 3_600_000).toISOString().slice(0, -1)],
    ["as Java's array", java],
  ])('is answered, with requestedAt %s', async (form, requestedAt) => {
    const [id, fan] = [`foreign ${form}`, `fan ${form}`];
    await topUp(fan, 500_000);
    await worker.send([
      worker.bare(paymentRequests, fan, { ...aPaymentRequest({ reservationId: id, userId: fan }), requestedAt }),
    ]);
    expect((await resultsOf(id))[0]).toMatchObject({ status: 'SUCCESS', balance: 380_000, amount: 120_000 });
  });

  test('20 copies charge once, and each is answered', async () => {
    await topUp('copied', 500_000);
    const copy = worker.bare(paymentRequests, 'copied', aPaymentRequest({ reservationId: 'copies', userId: 'copied' }));
    await worker.send(Array.from({ length: 20 }, () => copy));
    const results = await resultsOf('copies', 20);
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(await balance('copied')).toBe(380_000);
  });
});

test('the header deadline is believed, and what is past it is not charged', async () => {
  await topUp('tardy', 500_000);
  const late = worker.bare(paymentRequests, 'tardy', aPaymentRequest({ reservationId: 'late', userId: 'tardy' }));
  const deadline = new Date(Date.now() - 1_000).toISOString();
  await worker.send([{ ...late, headers: { deadline } }]);
  expect((await resultsOf('late'))[0]).toMatchObject({
    status: 'FAILED',
    failReason: 'DEADLINE_EXCEEDED',
    balance: 500_000,
  });
});

test('a result is keyed by its reservation and carries the headers of design §3', async () => {
  await worker.send([
    worker.bare(paymentRequests, 'headers', aPaymentRequest({ reservationId: 'headers', userId: 'headers' })),
  ]);
  await resultsOf('headers');
  const raw = worker.on(paymentResults.name).find(({ key }) => String(key) === 'headers');
  const headers = Object.fromEntries(Object.entries(raw?.headers ?? {}).map(([name, value]) => [name, String(value)]));
  expect(headers).toMatchObject({ 'event-type': 'PaymentResult', 'schema-version': '1', producer: 'payment-worker' });
  expect(headers['event-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a charge is refunded once, however often it is asked for; an unknown one is closed', async () => {
  await topUp('returner', 500_000);
  await worker.send([
    worker.bare(paymentRequests, 'returner', aPaymentRequest({ reservationId: 'returned', userId: 'returner' })),
  ]);
  await resultsOf('returned');
  const refund = worker.bare(
    refundRequests,
    'returner',
    aRefundRequest({ reservationId: 'returned', userId: 'returner' }),
  );
  await worker.send([refund, refund, refund]);
  const refunds = await refundsOf('returned', 3);
  expect(refunds[0]).toMatchObject({ status: 'REFUNDED', balance: 500_000 });
  expect(new Set(refunds.map((result) => JSON.stringify(result))).size).toBe(1);

  await worker.send([
    worker.bare(refundRequests, 'returner', aRefundRequest({ reservationId: 'never', userId: 'returner' })),
  ]);
  expect((await refundsOf('never'))[0]?.status).toBe('VOIDED');
  await worker.send([
    worker.bare(paymentRequests, 'returner', aPaymentRequest({ reservationId: 'never', userId: 'returner' })),
  ]);
  expect((await resultsOf('never'))[0]).toMatchObject({ failReason: 'DEADLINE_EXCEEDED' });
  expect(await balance('returner')).toBe(500_000);
});

test('what cannot be processed is dead-lettered with its reason, and the next message is served', async () => {
  await topUp('patient', 500_000);
  const request = aPaymentRequest({ reservationId: 'after bad', userId: 'patient' });
  const bad: [string | Buffer, string][] = [
    ['not json', 'MALFORMED_JSON'],
    [JSON.stringify({ reservationId: 'x' }), 'VALIDATION_FAILED'],
    [JSON.stringify({ ...request, amount: -1 }), 'VALIDATION_FAILED'],
    [Buffer.from([0xff, 0xfe, 0x00]), 'NOT_UTF8'],
    [JSON.stringify({ ...request, seatNumber: 'A1' }), 'VALIDATION_FAILED'],
  ];
  await worker.send(bad.map(([value]) => worker.bare(paymentRequests, 'patient', value)));
  await worker.send([worker.bare(paymentRequests, 'patient', request)]);
  expect((await resultsOf('after bad'))[0]?.status).toBe('SUCCESS');
  const letters = await eventually(() => {
    expect(deadLetters(paymentRequests)).toHaveLength(bad.length);
    return deadLetters(paymentRequests);
  });
  const codes = letters.map(({ headers }) => String(headers['dlq-error-code']));
  expect(codes.toSorted()).toEqual(bad.map(([, code]) => code).toSorted());
});

test('a refund that does not fit its charge is dead-lettered, and its repaired replay is made', async () => {
  await topUp('wronged', 500_000);
  await worker.send([
    worker.bare(paymentRequests, 'wronged', aPaymentRequest({ reservationId: 'wronged', userId: 'wronged' })),
  ]);
  await resultsOf('wronged');
  const refund = aRefundRequest({ reservationId: 'wronged', userId: 'wronged' });
  await worker.send([worker.bare(refundRequests, 'wronged', { ...refund, amount: 1 })]);
  const [letter] = await eventually(() => {
    expect(deadLetters(refundRequests)).toHaveLength(1);
    return deadLetters(refundRequests);
  });
  expect(String(letter?.headers['dlq-error-code'])).toBe('REFUND_FAILED');
  await worker.send([worker.bare(refundRequests, 'wronged', refund)]);
  expect((await refundsOf('wronged'))[0]).toMatchObject({ status: 'REFUNDED', balance: 500_000 });
});

test('metrics count what was settled', async () => {
  const { body } = await worker.app.server.inject({ url: '/metrics' });
  expect(body).toMatch(/payments_settled_total\{status="SUCCESS",reason="NONE",.*\} \d+/);
  expect(body).toMatch(/payments_settled_total\{status="FAILED",reason="DEADLINE_EXCEEDED",.*\} 1/);
  expect(body).toMatch(/refunds_settled_total\{status="REFUNDED",.*\} 2/);
});
