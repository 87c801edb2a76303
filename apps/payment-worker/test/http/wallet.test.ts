import { createMetrics, type HttpServer } from '@stagedoor/platform';
import { quietLogger, type TestKeys, testKeys } from '@stagedoor/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PaymentService } from '../../src/application/payment-service.ts';
import { PrismaClient } from '../../src/generated/prisma/client.ts';
import { appServer } from '../../src/inbound/http/server.ts';
import { PrismaWalletReader } from '../../src/outbound/mysql/wallet-reader.ts';
import { paymentOrder, refundOrder } from '../builders.ts';
import { expectSoundBooks } from '../ledger.ts';
import { type PaymentDatabase, paymentDatabase } from '../mysql/payment-database.ts';

let database: PaymentDatabase;
let prisma: PrismaClient;
let keys: TestKeys;
let payments: PaymentService;
/** As with AUTH_MODE=dev, and as with AUTH_MODE=jwt. */
let dev: HttpServer;
let strict: HttpServer;

beforeAll(async () => {
  keys = testKeys();
  database = await paymentDatabase();
  prisma = new PrismaClient({ adapter: database.database.adapter });
  payments = database.replica();
  const server = (fansTopUp: boolean) =>
    appServer({
      config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
      logger: quietLogger,
      metrics: createMetrics('payment-worker'),
      readiness: { database: () => database.database.ping() },
      verifier: keys.fanVerifier,
      payments,
      wallets: new PrismaWalletReader(prisma),
      fansTopUp,
      topUpMaxWon: 1_000_000,
    });
  dev = server(true);
  strict = server(false);
});
afterAll(async () => {
  expectSoundBooks(await database.books());
  await dev.close();
  await strict.close();
  await prisma.$disconnect();
  await database.close();
  keys.remove();
});

const get = (url: string, userId: string, server = dev) =>
  server.inject({ url, headers: { authorization: keys.authorization(userId) } });

interface Charge {
  as: string;
  roles?: string[];
  key?: string | null;
  body: object;
  server?: HttpServer;
}
const charge = ({ as, roles = [], key = 'k1', body, server = dev }: Charge) =>
  server.inject({
    method: 'POST',
    url: '/v1/wallet/charges',
    headers: { authorization: keys.authorization(as, roles), ...(key !== null && { 'idempotency-key': key }) },
    payload: body,
  });

describe('GET /v1/wallet', () => {
  test('is 0 where there is no wallet yet', async () => {
    const answer = await get('/v1/wallet', 'newcomer');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ userId: 'newcomer', balance: 0 });
  });

  test.each(['/v1/wallet', '/v1/wallet/entries'])('%s needs a token', async (url) => {
    const answer = await dev.inject({ url });
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe('UNAUTHENTICATED');
  });
});

describe('POST /v1/wallet/charges by a fan', () => {
  test('tops up their wallet once for each key, with the same answer for the same key', async () => {
    const first = await charge({ as: 'mina', body: { amount: 300 } });
    expect(first.statusCode).toBe(201);
    expect(first.json()).toEqual({ userId: 'mina', balance: 300 });
    expect((await charge({ as: 'mina', key: 'k2', body: { amount: 5 } })).json().balance).toBe(305);
    const again = await charge({ as: 'mina', body: { amount: 300 } });
    expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    expect((await get('/v1/wallet', 'mina')).json().balance).toBe(305);
  });

  test('under a key that was used for another amount is 422', async () => {
    await charge({ as: 'reuser', body: { amount: 300 } });
    const answer = await charge({ as: 'reuser', body: { amount: 301 } });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test("under another fan's key is a key of its own", async () => {
    await charge({ as: 'one', key: 'shared', body: { amount: 1 } });
    expect((await charge({ as: 'other', key: 'shared', body: { amount: 2 } })).json()).toEqual({
      userId: 'other',
      balance: 2,
    });
  });

  test('20 at once with one key are one', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => charge({ as: 'eager', body: { amount: 10 } })));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect((await get('/v1/wallet', 'eager')).json().balance).toBe(10);
  });

  test('needs a key', async () => {
    const answer = await charge({ as: 'mina', key: null, body: { amount: 300 } });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'IDEMPOTENCY_KEY_REQUIRED']);
  });

  test.each([
    {},
    { amount: 0 },
    { amount: -5 },
    { amount: 1.5 },
    { amount: '5' },
    { amount: 1_000_001 },
    { amount: 5, userId: 'mina' },
    { amount: 5, reference: 'wire' },
    { amount: 5, userId: ' mina', reference: 'wire' },
    [],
  ])('refuses the body %j', async (body) => {
    const answer = await charge({ as: 'mina', roles: ['funding'], key: 'bad', body });
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is forbidden but with AUTH_MODE=dev', async () => {
    const answer = await charge({ as: 'mina', key: 'k9', body: { amount: 5 }, server: strict });
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'FORBIDDEN']);
  });
});

describe('POST /v1/wallet/charges by the role funding', () => {
  const fund = (body: object, key: string, as = 'bank') =>
    charge({ as, roles: ['funding'], key, body, server: strict });

  test('tops up the named wallet once for each reference, whatever the key', async () => {
    const body = { amount: 700, userId: 'funded', reference: 'wire-1' };
    const first = await fund(body, 'f1');
    expect([first.statusCode, first.json()]).toEqual([201, { userId: 'funded', balance: 700 }]);
    for (const again of [await fund(body, 'f1'), await fund(body, 'f2'), await fund(body, 'f1', 'other bank')]) {
      expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    }
    expect((await get('/v1/wallet', 'funded')).json().balance).toBe(700);
  });

  test.each([{ amount: 701 }, { userId: 'someone else' }])('a used reference for %j is 409', async (change) => {
    const body = { amount: 700, userId: 'funded', reference: 'wire-2' };
    await fund(body, 'f3');
    const answer = await fund({ ...body, ...change }, 'f4');
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'REFERENCE_IN_USE']);
  });

  test('a used key for another reference is 422', async () => {
    await fund({ amount: 700, userId: 'funded', reference: 'wire-3' }, 'f5');
    const answer = await fund({ amount: 700, userId: 'funded', reference: 'wire-4' }, 'f5');
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test.each([[[]], [['admin']]])('needs the role, which %j is not, in any mode', async (roles) => {
    const body = { amount: 700, userId: 'mina', reference: 'wire-5' };
    for (const server of [dev, strict]) {
      const answer = await charge({ as: 'mina', roles, body, server });
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'FORBIDDEN']);
    }
  });
});

describe('GET /v1/wallet/entries', () => {
  test('is empty where there is no wallet yet', async () => {
    expect((await get('/v1/wallet/entries', 'nobody')).json()).toEqual({ items: [], nextCursor: null });
  });

  test('shows what moved money, newest first, signed, with the balance after it', async () => {
    await charge({ as: 'reader', body: { amount: 500 } });
    await payments.pay(paymentOrder('read', 'reader'));
    await payments.pay(paymentOrder('failed', 'reader', { amount: 5_000 }));
    await payments.refund(refundOrder('read', 'reader'));
    const { items, nextCursor } = (await get('/v1/wallet/entries', 'reader')).json();
    expect(items).toMatchObject([
      { kind: 'REFUND', amount: 100, balanceAfter: 500, reference: 'refund:charge:read' },
      { kind: 'CHARGE', amount: -100, balanceAfter: 400, reference: 'charge:read' },
      { kind: 'TOP_UP', amount: 500, balanceAfter: 500 },
    ]);
    expect(items[0].at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(nextCursor).toBeNull();
  });

  test('comes in pages, each entry once, though new ones arrive in between', async () => {
    for (let n = 1; n <= 5; n++) await charge({ as: 'pager', key: `p${n}`, body: { amount: n } });
    const first = (await get('/v1/wallet/entries?limit=2', 'pager')).json();
    await charge({ as: 'pager', key: 'p6', body: { amount: 6 } });
    const second = (await get(`/v1/wallet/entries?limit=2&cursor=${first.nextCursor}`, 'pager')).json();
    const third = (await get(`/v1/wallet/entries?limit=2&cursor=${second.nextCursor}`, 'pager')).json();
    const amounts = [first, second, third].map(({ items }) => items.map(({ amount }: { amount: number }) => amount));
    expect(amounts).toEqual([[5, 4], [3, 2], [1]]);
    expect(third.nextCursor).toBeNull();
  });

  test.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=IngiCg'])('refuses ?%s', async (query) => {
    const answer = await get(`/v1/wallet/entries?${query}`, 'pager');
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'VALIDATION_FAILED']);
  });
});
