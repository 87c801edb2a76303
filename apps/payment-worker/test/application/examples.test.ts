import { readFileSync } from 'node:fs';
import { decode, type PaymentRequest, type RefundRequest, type TopicDefinition, topics } from '@stagedoor/contracts';
import { expect, test } from 'vitest';
import { paymentService } from '../../src/application/payment-service.ts';
import { paymentOrderOf, refundOrderOf } from '../../src/inbound/kafka/orders.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { countingIds, noMetrics, standingClock, topUpOrder } from '../builders.ts';
import { paymentResults, refundResults } from '../ledger.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';

const PAYMENT_TIMEOUT_MS = 300_000;
const recordedAt = new Date('2025-11-28T10:00:00.050Z');

const example = (name: string): string =>
  readFileSync(new URL(`../../../../libs/contracts/examples/${name}.json`, import.meta.url), 'utf8');

function read<T>(topic: TopicDefinition<T>, name: string) {
  const value = Buffer.from(example(name));
  const raw = { topic: topic.name, partition: 0, offset: '0', key: null, value, headers: {}, timestamp: recordedAt };
  const decoded = decode(topic, raw);
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.message;
}
const paymentOrder = (name: string) =>
  paymentOrderOf(read<PaymentRequest>(topics.paymentRequests, name), PAYMENT_TIMEOUT_MS);

test('the example requests end in the example results', async () => {
  const database = new MemoryDatabase();
  const clock = standingClock();
  const service = paymentService({
    unitOfWork: database,
    provider: walletProvider,
    clock,
    ids: countingIds(),
    metrics: noMetrics,
    maxBatch: 10,
    maxQueuedMessages: 10,
    maxQueuedRequests: 10,
  });
  await service.topUp(topUpOrder('fan-1001', 'k', { amount: 500_000 }));

  clock.set(new Date('2025-11-28T10:00:01.250Z'));
  await service.pay(paymentOrder('payment-request.v1'));
  expect(paymentResults(database.tables.outbox)).toEqual([JSON.parse(example('payment-result.v1'))]);

  clock.set(new Date('2025-11-28T10:05:00.400Z'));
  await service.refund(refundOrderOf(read<RefundRequest>(topics.refundRequests, 'refund-request.v1')));
  expect(refundResults(database.tables.outbox)).toEqual([JSON.parse(example('refund-result.v1'))]);
});

test.each([
  ['payment-request.v1', '2025-11-28T10:00:00.000Z'],
  ['tolerated/payment-request.offset-and-unknown-field', '2025-11-28T10:00:00.000Z'],
  // In an unknown zone: the record's own time is believed instead.
  ['tolerated/payment-request.java-array', recordedAt.toISOString()],
  ['tolerated/payment-request.local-time', recordedAt.toISOString()],
])('%s was requested at %s, and may be charged for five minutes', (name, requestedAt) => {
  const order = paymentOrder(name);
  expect(order).toMatchObject({
    reservationId: '0193b1f2-7c1a-7d3e-9a51-0c2f5a7e1b44',
    amount: 150_000,
    seatNumber: 42,
  });
  expect(order.requestedAt.toISOString()).toBe(requestedAt);
  expect(order.deadline.getTime() - order.requestedAt.getTime()).toBe(PAYMENT_TIMEOUT_MS);
});
