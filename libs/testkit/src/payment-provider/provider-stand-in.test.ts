import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareBooks } from './compare-books.ts';
import { latencies, sampleLatency } from './faults.ts';
import { type ProviderStandIn, providerStandIn } from './provider-stand-in.ts';
import { seededRandom } from './seeded-random.ts';

let provider: ProviderStandIn;
beforeEach(async () => {
  provider = await providerStandIn();
});
afterEach(() => provider.close());

const post = (path: string, key: string, body: unknown) =>
  fetch(provider.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const charge = (key = 'k', amount = 100) => post('/charges', key, { userId: 'mina', amount });
const refund = (key: string, chargeKey = 'k', amount = 100) => post('/refunds', key, { chargeKey, amount });
const statusOf = async (path: string) => (await fetch(provider.url + path)).status;

test('a key is charged once, however often it is asked for, and tells what became of it', async () => {
  expect(await statusOf('/charges/k')).toBe(404);
  expect((await charge()).status).toBe(201);
  expect((await charge()).status).toBe(200);
  expect((await charge('k', 200)).status).toBe(422);
  expect(await statusOf('/charges/k')).toBe(200);
  expect(provider.book().charges).toMatchObject([{ key: 'k', amount: 100, times: 1, asked: 3 }]);
});

test('a charge is given back once, whole, under one key', async () => {
  expect((await refund('r')).status).toBe(422);
  await charge();
  expect((await refund('r', 'k', 99)).status).toBe(422);
  expect((await refund('r')).status).toBe(201);
  expect((await refund('r')).status).toBe(200);
  expect((await refund('other')).status).toBe(422);
  expect(provider.book().refunds).toMatchObject([{ key: 'r', chargeKey: 'k', amount: 100, times: 1 }]);
});

test('a decline is remembered under its key', async () => {
  provider.change({ declineShare: 1 });
  expect((await charge()).status).toBe(402);
  provider.change({ declineShare: 0 });
  expect((await charge()).status).toBe(402);
  expect(provider.book().charges).toMatchObject([{ status: 'DECLINED', times: 0 }]);
});

describe('faults', () => {
  test('an answer that is lost leaves the charge made', async () => {
    provider.change({ lostAnswerShare: 1 });
    await expect(charge()).rejects.toThrow();
    expect(await statusOf('/charges/k')).toBe(200);
  });

  test('an error leaves nothing behind', async () => {
    provider.change({ errorShare: 1 });
    expect((await charge()).status).toBe(500);
    expect(provider.book().charges).toEqual([]);
  });

  test('beyond its capacity calls are refused, with when to come again', async () => {
    provider.change({ capacity: 0, overloadStatus: 503 });
    const answer = await charge();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('a duplicate has no second effect', async () => {
    provider.change({ duplicateShare: 1 });
    expect((await charge()).status).toBe(201);
    expect(provider.book().charges).toMatchObject([{ times: 1, asked: 2 }]);
  });

  test('while it stalls calls are made, and answered when it is over', async () => {
    provider.change({ outage: 'stalls' });
    const charging = charge();
    await expect.poll(() => provider.book().charges).toHaveLength(1);
    expect(provider.calls.now).toBe(1);
    provider.change({ outage: 'none' });
    expect((await charging).status).toBe(201);
  });

  test('a key whose call is under way is in progress', async () => {
    provider.change({ latency: { kind: 'uniform', fromMs: 200, toMs: 200 } });
    const answers = await Promise.all([charge(), charge()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('an outage cuts, or answers 503, until it is over; the book can be read all the while', async () => {
    await fetch(`${provider.url}/faults`, { method: 'PUT', body: JSON.stringify({ outage: 'cut' }) });
    await expect(charge()).rejects.toThrow();
    provider.change({ outage: 'errors' });
    expect((await charge()).status).toBe(503);
    expect(await statusOf('/book')).toBe(200);
    provider.change({ outage: 'none' });
    expect((await charge()).status).toBe(201);
  });
});

test('the same seed makes the same choices', async () => {
  const run = async () => {
    const seeded = await providerStandIn({ seed: 7, faults: { errorShare: 0.5 } });
    const answers: number[] = [];
    for (let n = 0; n < 20; n++) answers.push((await fetch(`${seeded.url}/charges/${n}`)).status);
    await seeded.close();
    return answers;
  };
  expect(await run()).toEqual(await run());
});

test('an ordinary call takes 200 ms on average, one at the peak 2-3 s (design §1)', () => {
  const random = seededRandom(1);
  const samples = (of: keyof typeof latencies) =>
    Array.from({ length: 20_000 }, () => sampleLatency(latencies[of], random));
  const ordinary = samples('ordinary');
  expect(ordinary.reduce((sum, ms) => sum + ms, 0) / ordinary.length).toBeCloseTo(200, -1);
  const peak = samples('peak');
  expect(Math.min(...peak)).toBeGreaterThanOrEqual(2_000);
  expect(Math.max(...peak)).toBeLessThan(3_000);
});

test('books are compared to the won', () => {
  const charged = (key: string, amount: number) =>
    ({ key, userId: 'mina', amount, status: 'SUCCEEDED', times: 1, asked: 1 }) as const;
  const paid = (key: string, amount: number) => ({ key, userId: 'mina', amount, status: 'SUCCESS' }) as const;
  const charges = [charged('same', 100), charged('less', 100), { ...charged('twice', 100), times: 2 }];
  const payments = [paid('same', 100), paid('less', 99), paid('twice', 100), paid('ours', 100)];
  expect(compareBooks({ charges, refunds: [] }, { payments, refunds: [] })).toEqual([
    'twice was made 2 times',
    'charged by the provider, not by us: less, 100 won of mina',
    'charged by us, not by the provider: less, 99 won of mina',
    'charged by us, not by the provider: ours, 100 won of mina',
  ]);
});
