import { type PaymentResult, type RefundResult, topics } from '@stagedoor/contracts';
import { aPaymentRequest, aRefundRequest, eventually, faultProxy } from '@stagedoor/testkit';
import { afterEach, expect, test } from 'vitest';
import { FakeProvider } from '../application/remote-provider.ts';
import { expectSoundBooks } from '../ledger.ts';
import { booksOf } from '../mysql/books.ts';
import { kill, spawnReplica } from './replica.ts';
import { startedWorker, type Worker } from './worker.ts';

const { paymentRequests, paymentResults, refundRequests, refundResults } = topics;
const FANS = 50;

let worker: Worker;
const cleanUp: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp.length = 0;
});

async function start(...args: Parameters<typeof startedWorker>): Promise<void> {
  worker = await startedWorker(...args);
  cleanUp.push(worker.close);
}

/** Enough for half of what each fan will ask for. */
async function fillWallets(perFan: number): Promise<void> {
  for (let n = 0; n < FANS; n++) {
    await worker.app.server.inject({
      method: 'POST',
      url: '/v1/wallet/charges',
      headers: { authorization: worker.keys.authorization(`fan-${n}`), 'idempotency-key': 'first' },
      payload: { amount: 120_000 * perFan },
    });
  }
}

const ids = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ reservationId: `r-${n}`, userId: `fan-${n % FANS}` }));
const requests = (count: number) =>
  ids(count).map((given) => worker.bare(paymentRequests, given.userId, aPaymentRequest(given)));
const refunds = (count: number) =>
  ids(count).map((given) => worker.bare(refundRequests, given.userId, aRefundRequest(given)));

/** Every request has exactly one verdict, told at least once and always alike. */
async function expectAnswered(count: number): Promise<Map<string, PaymentResult>> {
  const told = await eventually(() => {
    const results = Map.groupBy(worker.values<PaymentResult>(paymentResults), ({ reservationId }) => reservationId);
    expect(results.size).toBe(count);
    return results;
  }, 60_000);
  for (const results of told.values()) expect(new Set(results.map((each) => JSON.stringify(each))).size).toBe(1);
  return new Map([...told].map(([id, [result]]) => [id, result as PaymentResult]));
}

test('killed in the middle of a backlog: another replica finishes, every key has one effect', {
  timeout: 90_000,
}, async () => {
  await start();
  await fillWallets(20);
  await worker.stop(worker.app);
  const doomed = spawnReplica(worker, { COMMIT_MAX_BATCH: '10' });
  cleanUp.push(() => kill(doomed));
  const count = 2_000;
  await worker.send(requests(count));
  await eventually(() => worker.on(paymentResults.name).length > 200, 30_000);
  await kill(doomed);
  expect((await booksOf(worker.database)).payments.length).toBeLessThan(count);
  await worker.start();
  const results = await expectAnswered(count);
  const books = await booksOf(worker.database);
  expectSoundBooks(books);
  expect(books.payments).toHaveLength(count);
  expect([...results.values()].filter(({ status }) => status === 'SUCCESS')).toHaveLength(FANS * 20);
  expect([...books.wallets.values()]).toEqual(Array(FANS).fill(0));
});

test('two replicas and a third that joins and leaves: every key has one effect', { timeout: 90_000 }, async () => {
  await start();
  await fillWallets(20);
  await worker.start();
  const count = 1_500;
  await worker.send(requests(count));
  const passing = await worker.start();
  await worker.send(refunds(count));
  await eventually(() => worker.on(paymentResults.name).length > 300, 30_000);
  await worker.stop(passing);
  await expectAnswered(count);
  await eventually(() => {
    const answered = new Set(worker.values<RefundResult>(refundResults).map(({ reservationId }) => reservationId));
    return answered.size === count;
  }, 60_000);
  const books = await booksOf(worker.database);
  expectSoundBooks(books);
  // Whatever met first, nothing stays charged.
  expect([...books.wallets.values()]).toEqual(Array(FANS).fill(120_000 * 20));
});

test('the database away: messages wait, and are settled when it is back', { timeout: 90_000 }, async () => {
  const proxy = await faultProxy(process.env.TEST_MYSQL_URL ?? '');
  cleanUp.push(() => proxy.close());
  await start({}, {}, (url) => url.replace(/:\d+\//, `:${proxy.port}/`));
  await fillWallets(4);
  await worker.send(requests(100));
  await expectAnswered(100);
  proxy.cut();
  await worker.send(requests(200).slice(100));
  await eventually(async () => (await worker.app.server.inject({ url: '/ready' })).statusCode === 503, 10_000);
  expect((await worker.app.server.inject({ url: '/live' })).statusCode).toBe(200);
  proxy.restore();
  await expectAnswered(200);
  expectSoundBooks(await booksOf(worker.database));
});

test('a provider outside that fails now and then: every charge is made once, and answered', {
  timeout: 90_000,
}, async () => {
  const provider = new FakeProvider();
  await start({}, { provider });
  provider.faults = Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? 'answer lost' : 'request lost'));
  await worker.send(requests(200));
  const results = await expectAnswered(200);
  expect([...results.values()].every(({ status }) => status === 'SUCCESS')).toBe(true);
  expect(provider.charged.size).toBe(200);
});
