import { type PaymentResult, type RefundResult, topics } from '@stagedoor/contracts';
import {
  aPaymentRequest,
  aRefundRequest,
  compareBooks,
  eventually,
  type ProviderStandIn,
  providerStandIn,
} from '@stagedoor/testkit';
import { afterEach, expect, test } from 'vitest';
import { type Books, expectSoundBooks } from '../ledger.ts';
import { booksOf } from '../mysql/books.ts';
import { kill, residentMib, spawnReplica } from './replica.ts';
import { startedWorker, type Worker } from './worker.ts';

const { paymentRequests, paymentResults, refundRequests, refundResults } = topics;
const ordinary = { kind: 'lognormal', meanMs: 200, sigma: 0.5 } as const;

let outside: ProviderStandIn;
let worker: Worker;
const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp.length = 0;
});

async function start(env: Record<string, string> = {}): Promise<void> {
  outside = await providerStandIn({ seed: 4, faults: { latency: ordinary } });
  cleanUp.push(() => outside.close());
  worker = await startedWorker({
    PAYMENT_PROVIDER: 'http',
    PROVIDER_URL: outside.url,
    PROVIDER_TIMEOUT_MS: '2000',
    PROVIDER_BREAKER_WINDOW_MS: '2000',
    PROVIDER_BREAKER_OPEN_MS: '500',
    ...env,
  });
  cleanUp.push(worker.close);
}

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => ({ reservationId: `r-${from + n}`, userId: `fan-${from + n}` }));
const pay = (from: number, to: number) =>
  worker.send(ids(from, to).map((given) => worker.bare(paymentRequests, given.userId, aPaymentRequest(given))));
const refund = (from: number, to: number) =>
  worker.send(ids(from, to).map((given) => worker.bare(refundRequests, given.userId, aRefundRequest(given))));

/** Every reservation is answered, always alike. */
const allAnswered = (topic: { name: string }, count: number) =>
  eventually(() => {
    const told = Map.groupBy(worker.values<PaymentResult | RefundResult>(topic), ({ reservationId }) => reservationId);
    expect(told.size).toBe(count);
    for (const results of told.values()) expect(new Set(results.map((each) => JSON.stringify(each))).size).toBe(1);
    return [...told.values()].map(([result]) => result?.status);
  }, 60_000);

/** Our books are sound, and the provider's say the same, to the won. */
async function expectBooksToAgree(): Promise<Books> {
  const books = await booksOf(worker.database);
  expectSoundBooks(books);
  const ours = {
    payments: books.payments.map((payment) => ({
      key: payment.idempotencyKey,
      userId: payment.userId,
      amount: payment.amount,
      status: payment.state === 'SETTLED' ? payment.verdict.status : null,
    })),
    refunds: books.refunds.map((made) => ({
      key: made.refundKey,
      chargeKey: made.chargeKey,
      amount: made.amount,
      status: made.state === 'SETTLED' ? made.status : ('VOIDED' as const),
    })),
  };
  expect(compareBooks(outside.book(), ours)).toEqual([]);
  return books;
}

const metrics = async () => (await worker.app.server.inject({ url: '/metrics' })).body;
const breakerOpen = async () => /^provider_breaker_open\{.*\} 1$/m.test(await metrics());
/** Partitions of payment-requests that nothing is fetched from. */
const paused = async () =>
  (await metrics()).match(/^messaging_consumer_paused\{.*payment-requests.*\} 1$/gm)?.length ?? 0;

test('the provider fails now and then, loses answers, declines: books agree to the won', {
  timeout: 90_000,
}, async () => {
  await start({ PROVIDER_BREAKER_FAILURE_PERCENT: '90' });
  outside.change({ errorShare: 0.1, lostAnswerShare: 0.1, duplicateShare: 0.1, declineShare: 0.1 });
  await pay(0, 1_000);
  const statuses = await allAnswered(paymentResults, 1_000);
  expect(new Set(statuses)).toEqual(new Set(['SUCCESS', 'FAILED']));
  await refund(0, 300);
  await allAnswered(refundResults, 300);
  await expectBooksToAgree();
});

test.each(['cut', 'errors', 'hangs'] as const)(
  'an outage under load (%s): requests wait in Kafka, and all settle after it',
  { timeout: 120_000 },
  async (outage) => {
    // Small, so that a few hundred requests are more than a partition may have in hand.
    await start({ CONSUMER_MAX_IN_FLIGHT: '40' });
    await pay(0, 500);
    await eventually(() => outside.book().charges.length > 100, 30_000);
    outside.change({ outage });
    await pay(500, 2_000);
    await eventually(breakerOpen, 30_000);
    await eventually(async () => (await paused()) === 10, 30_000);
    // The breaker tries again and again, and finds the provider away. Beside those trials nothing is attempted.
    const [called, attempted] = [outside.calls.all, (await booksOf(worker.database)).payments.length];
    await eventually(() => outside.calls.all > called + 3, 30_000);
    const trials = outside.calls.all - called;
    expect((await booksOf(worker.database)).payments.length - attempted).toBeLessThanOrEqual(trials);
    expect(trials).toBeLessThan(100);
    // A refund of what was never charged needs no provider, and no partition of payments stands before it.
    await refund(9_000, 9_001);
    expect(await allAnswered(refundResults, 1)).toEqual(['VOIDED']);
    expect((await worker.app.server.inject({ url: '/ready' })).statusCode).toBe(200);
    outside.change({ outage: 'none' });
    const statuses = await allAnswered(paymentResults, 2_000);
    expect(statuses.every((status) => status === 'SUCCESS')).toBe(true);
    await eventually(async () => !(await breakerOpen()));
    const { charges } = outside.book();
    expect(charges).toHaveLength(2_000);
    expect(charges.every(({ times }) => times === 1)).toBe(true);
    await expectBooksToAgree();
  },
);

test('killed with thousands of calls in flight: what was charged is found by asking, and not asked for again', {
  timeout: 180_000,
}, async () => {
  await start({ PROVIDER_TIMEOUT_MS: '60000' });
  await worker.stop(worker.app);
  const doomed = spawnReplica(worker);
  cleanUp.push(() => kill(doomed));
  outside.change({ latency: { kind: 'uniform', fromMs: 0, toMs: 2_000 } });
  await pay(0, 1_000);
  await eventually(() => worker.on(paymentResults.name).length > 200, 30_000);
  // From here on it charges and does not say so, until thousands of calls wait for their answer.
  outside.change({ outage: 'stalls' });
  await pay(1_000, 4_000);
  await eventually(() => outside.calls.now > 2_000, 60_000);
  expect(residentMib(doomed), 'memory with thousands of calls in flight').toBeLessThan(600);
  await kill(doomed);
  outside.change({ outage: 'none' });
  const { payments } = await booksOf(worker.database);
  // They were answered out of order; no offset was committed beyond the first that was not.
  const settled = new Set(
    payments.filter(({ state }) => state === 'SETTLED').map(({ reservationId }) => reservationId),
  );
  const committed = await worker.committed(paymentRequests.name);
  const requests = await eventually(() => {
    const seen = worker.on(paymentRequests.name);
    expect(seen).toHaveLength(4_000);
    return seen;
  });
  const passed = requests.filter(({ partition, offset }) => BigInt(offset) < (committed.get(partition) ?? 0n));
  expect(passed.length).toBeGreaterThan(0);
  expect(passed.length).toBeLessThanOrEqual(settled.size);
  expect(passed.filter(({ value }) => !settled.has(JSON.parse(String(value)).reservationId))).toEqual([]);
  const inDoubt = new Set(
    payments.filter(({ state }) => state === 'ATTEMPTED').map(({ idempotencyKey }) => idempotencyKey),
  );
  const charged = outside.book().charges.filter(({ key }) => inDoubt.has(key));
  expect(charged.length).toBeGreaterThan(0);
  await worker.start();
  await allAnswered(paymentResults, 4_000);
  const { charges } = outside.book();
  const after = new Map(charges.map((charge) => [charge.key, charge]));
  expect(charged.map(({ key }) => after.get(key))).toEqual(charged);
  expect(charges.every(({ times }) => times === 1)).toBe(true);
  await expectBooksToAgree();
});
