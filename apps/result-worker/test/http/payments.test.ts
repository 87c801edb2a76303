import { uuidv7Ids } from '@stagedoor/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireOverdue, takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import { takeRefundResults } from '../../src/application/take-refund-results.ts';
import { aFailure, anOrder, aSuccess, later, NOW } from '../builders.ts';
import { silentMetrics } from '../silent-metrics.ts';
import { adminApp } from './admin-app.ts';

let app: Awaited<ReturnType<typeof adminApp>>;

beforeAll(async () => {
  app = await adminApp();
});
afterAll(() => app.close());

const at = (ms: number) => ({
  clock: { now: () => later(ms), sleep: async () => {} },
  ids: uuidv7Ids,
  metrics: silentMetrics,
});
const timeline = (id: string) => app.get(`/v1/admin/payments/${encodeURIComponent(id)}`);

test('the timeline of a payment that expired, succeeded late and was refunded', async () => {
  await app.unitOfWork.run((tx) => takeRequests([anOrder('r1'), anOrder('r1')], tx, at(10)));
  await app.unitOfWork.run((tx) => expireOverdue(['r1'], later(310_000), tx, at(320_000)));
  await app.unitOfWork.run((tx) => takeResults([aSuccess('r1'), aSuccess('r1', { chargeKey: 'k2' })], tx, at(330_000)));
  const report = { reservationId: 'r1', userId: 'fan-1', processedAt: later(340_000) };
  await app.unitOfWork.run((tx) =>
    takeRefundResults(
      [
        { ...report, refundKey: 'refund:charge:r1', chargeKey: 'charge:r1', status: 'REFUNDED' },
        { ...report, refundKey: 'refund:k2', chargeKey: 'k2', status: 'VOIDED', processedAt: later(350_000) },
      ],
      tx,
      at(360_000),
    ),
  );
  const { status, body } = await timeline('r1');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    reservationId: 'r1',
    status: 'EXPIRED',
    reason: 'NO_RESULT',
    userId: 'fan-1',
    scheduleId: 1,
    seatNumber: 42,
    amount: 120_000,
    chargeKey: 'charge:r1',
    decidedKey: 'charge:r1',
    deadline: later(300_000).toISOString(),
    decidedAt: later(320_000).toISOString(),
  });
  expect(body.events).toEqual([
    {
      at: NOW.toISOString(),
      type: 'payment.requested',
      detail: { chargeKey: 'charge:r1', amount: 120_000, deadline: later(300_000).toISOString(), timesSeen: 1 },
    },
    {
      at: later(320_000).toISOString(),
      type: 'payment.expired',
      detail: { chargeKey: 'charge:r1', reason: 'NO_RESULT' },
    },
    {
      at: later(320_000).toISOString(),
      type: 'refund.requested',
      detail: {
        refundKey: 'refund:charge:r1',
        chargeKey: 'charge:r1',
        amount: 120_000,
        reason: 'PAYMENT_EXPIRED',
      },
    },
    {
      at: later(330_000).toISOString(),
      type: 'refund.requested',
      detail: { refundKey: 'refund:k2', chargeKey: 'k2', amount: 120_000, reason: 'DECIDED_OTHERWISE' },
    },
    {
      at: later(340_000).toISOString(),
      type: 'refund.refunded',
      detail: { refundKey: 'refund:charge:r1', chargeKey: 'charge:r1' },
    },
    { at: later(350_000).toISOString(), type: 'refund.voided', detail: { refundKey: 'refund:k2', chargeKey: 'k2' } },
  ]);
});

test('a payment that waits, one that failed, and results without a request', async () => {
  await app.unitOfWork.run((tx) => takeRequests([anOrder('waits'), anOrder('failed')], tx, at(0)));
  await app.unitOfWork.run((tx) => takeResults([aFailure('failed'), aSuccess('foreign/끝')], tx, at(5)));
  expect((await timeline('waits')).body).toMatchObject({ status: 'PENDING', decidedAt: null, decidedKey: null });
  expect((await timeline('failed')).body).toMatchObject({ status: 'PAYMENT_FAILED', reason: 'INSUFFICIENT_BALANCE' });
  expect((await timeline('foreign/끝')).body).toMatchObject({
    status: 'AWAITING_REQUEST',
    amount: null,
    events: [{ type: 'result.kept', detail: { status: 'SUCCESS', failReason: null } }],
  });
});

test('nothing is known of the rest', async () => {
  expect(await timeline('never')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});
