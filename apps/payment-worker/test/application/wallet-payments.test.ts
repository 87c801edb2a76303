import { PermanentError } from '@stagedoor/platform';
import { beforeEach, describe, expect, test } from 'vitest';
import { type PaymentService, paymentService } from '../../src/application/payment-service.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { countingIds, NOW, noMetrics, paymentOrder, refundOrder, standingClock, topUpOrder } from '../builders.ts';
import { expectSoundBooks, paymentResults, refundResults } from '../ledger.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';

let database: MemoryDatabase;
let clock: ReturnType<typeof standingClock>;
let payments: PaymentService;

beforeEach(() => {
  database = new MemoryDatabase();
  clock = standingClock();
  payments = paymentService({
    unitOfWork: database,
    provider: walletProvider,
    clock,
    ids: countingIds(),
    metrics: noMetrics,
    maxBatch: 100,
    maxQueuedMessages: 1_000,
    maxQueuedRequests: 1_000,
  });
});

const topUp = (userId: string, amount: number) => payments.topUp(topUpOrder(userId, 'first', { amount }));
const balance = (userId: string) => database.tables.wallets.get(userId);
const results = () => paymentResults(database.tables.outbox);
const refunds = () => refundResults(database.tables.outbox);
const sound = () => {
  const { wallets, payments: paid, refunds: refunded } = database.tables;
  const transfers = [...database.tables.transfers.values()];
  expectSoundBooks({ wallets, transfers, payments: [...paid.values()], refunds: [...refunded.values()] });
};
const late = new Date(NOW.getTime() + 300_001);

describe('a payment', () => {
  test('is charged, booked and told in one transaction', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina', { amount: 150 }));
    expect(balance('mina')).toBe(350);
    expect(results()).toEqual([
      {
        reservationId: 'r1',
        userId: 'mina',
        status: 'SUCCESS',
        balance: 350,
        failReason: null,
        processedAt: NOW.toISOString(),
        idempotencyKey: 'charge:r1',
        amount: 150,
      },
    ]);
    expect(database.tables.outbox[0]).toMatchObject({ topic: 'payment-results', key: 'r1' });
    sound();
  });

  test('20 copies at once charge once, and each is answered', async () => {
    await topUp('mina', 500);
    const before = database.commits;
    await Promise.all(Array.from({ length: 20 }, () => payments.pay(paymentOrder('r1', 'mina'))));
    expect(database.commits).toBe(before + 1);
    expect(balance('mina')).toBe(400);
    expect(results()).toHaveLength(20);
    expect(new Set(results().map((result) => JSON.stringify(result))).size).toBe(1);
    sound();
  });

  test('again, late and after the wallet changed, is answered as before', async () => {
    await topUp('mina', 100);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r2', 'mina'));
    await payments.topUp(topUpOrder('mina', 'second'));
    clock.set(late);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r2', 'mina'));
    expect(results()[1]).toMatchObject({ status: 'FAILED', failReason: 'INSUFFICIENT_BALANCE', balance: 0 });
    expect(results().slice(2)).toEqual(results().slice(0, 2));
    expect(balance('mina')).toBe(1_000);
    sound();
  });

  test('of a fan without a wallet fails, and stays failed', async () => {
    await payments.pay(paymentOrder('r1', 'mina'));
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(results().map(({ failReason, balance: after }) => [failReason, after])).toEqual([
      ['WALLET_NOT_FOUND', null],
      ['WALLET_NOT_FOUND', null],
    ]);
  });

  test('past its deadline is not charged, with the balance as it is', async () => {
    await topUp('mina', 500);
    clock.set(late);
    await payments.pay(paymentOrder('r1', 'mina'));
    clock.set(NOW);
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(results().map(({ failReason }) => failReason)).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    expect(results()[0]?.balance).toBe(500);
  });

  test('under a key that stands for another is a conflict, which is not stored', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina', { amount: 1 }));
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(
      results().map(({ status, failReason, amount, balance: after }) => [status, failReason, amount, after]),
    ).toEqual([
      ['SUCCESS', null, 100, 400],
      ['FAILED', 'IDEMPOTENCY_CONFLICT', 1, 400],
      ['SUCCESS', null, 100, 400],
    ]);
    expect(database.tables.payments.size).toBe(1);
  });

  test('of a charged reservation under a second key is refused for good, and possible after a refund under a third', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina', { idempotencyKey: 'second' }));
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina', { idempotencyKey: 'second' }));
    await payments.pay(paymentOrder('r1', 'mina', { idempotencyKey: 'third' }));
    expect(results().map(({ failReason }) => failReason)).toEqual([null, 'ALREADY_CHARGED', 'ALREADY_CHARGED', null]);
    expect(balance('mina')).toBe(400);
    sound();
  });
});

describe('within one batch', () => {
  test("a fan's payments are decided one after another on what is left", async () => {
    await topUp('mina', 250);
    await Promise.all(['r1', 'r2', 'r3', 'r4'].map((id) => payments.pay(paymentOrder(id, 'mina'))));
    await payments.drain();
    expect(results().map(({ status, balance: after }) => [status, after])).toEqual([
      ['SUCCESS', 150],
      ['SUCCESS', 50],
      ['FAILED', 50],
      ['FAILED', 50],
    ]);
    sound();
  });

  test('a reservation is charged under the first key that can', async () => {
    await topUp('poor', 1);
    await topUp('mina', 500);
    await Promise.all([
      payments.pay(paymentOrder('r1', 'poor', { idempotencyKey: 'a' })),
      payments.pay(paymentOrder('r1', 'mina', { idempotencyKey: 'b' })),
      payments.pay(paymentOrder('r1', 'mina', { idempotencyKey: 'c' })),
    ]);
    expect(results().map(({ failReason }) => failReason)).toEqual(['INSUFFICIENT_BALANCE', null, 'ALREADY_CHARGED']);
    sound();
  });

  test('20 copies of a refund give back once, and each is answered', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    const before = database.commits;
    await Promise.all(Array.from({ length: 20 }, () => payments.refund(refundOrder('r1', 'mina'))));
    expect(database.commits).toBe(before + 1);
    expect(refunds()).toHaveLength(20);
    expect(new Set(refunds().map((result) => JSON.stringify(result))).size).toBe(1);
    expect(refunds()[0]).toMatchObject({ status: 'REFUNDED', balance: 500 });
    sound();
  });

  test('one order that can not be refunded does not fail its neighbours', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    const [bad, good] = await Promise.allSettled([
      payments.refund(refundOrder('r1', 'mina', { amount: 99 })),
      payments.refund(refundOrder('r1', 'mina')),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'REFUND_FAILED' } });
    expect((bad as PromiseRejectedResult).reason).toBeInstanceOf(PermanentError);
  });
});

describe('a refund', () => {
  test('gives the whole charge back', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina', { amount: 150 }));
    await payments.refund(refundOrder('r1', 'mina', { amount: 150 }));
    expect(refunds()).toEqual([
      {
        refundKey: 'refund:charge:r1',
        chargeKey: 'charge:r1',
        reservationId: 'r1',
        userId: 'mina',
        status: 'REFUNDED',
        balance: 500,
        processedAt: NOW.toISOString(),
      },
    ]);
    sound();
  });

  test('of a failed charge is void, and the charge stays as it was answered', async () => {
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(refunds()).toMatchObject([{ status: 'VOIDED', balance: null }]);
    expect(results().map(({ failReason }) => failReason)).toEqual(['WALLET_NOT_FOUND', 'WALLET_NOT_FOUND']);
  });

  test('of an unknown charge is void, and closes its key for a charge that comes later or again', async () => {
    await topUp('mina', 500);
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(refunds()).toMatchObject([{ status: 'VOIDED', balance: 500 }]);
    expect(results().map(({ failReason }) => failReason)).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    expect(balance('mina')).toBe(500);
    sound();
  });

  test('again is answered as before', async () => {
    await topUp('mina', 500);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.refund(refundOrder('r1', 'mina'));
    clock.set(late);
    await payments.topUp(topUpOrder('mina', 'second'));
    await payments.refund(refundOrder('r1', 'mina'));
    expect(refunds()[1]).toEqual(refunds()[0]);
    sound();
  });
});

describe('a top-up', () => {
  test('opens the wallet, and the same again answers alike', async () => {
    const order = topUpOrder('mina', 'k', { amount: 70 });
    const [first, again] = await Promise.all([payments.topUp(order), payments.topUp(order)]);
    await payments.topUp(topUpOrder('mina', 'other', { amount: 5 }));
    expect([first.kind, again.kind]).toEqual(['made', 'repeated']);
    expect(await payments.topUp(order)).toEqual({ ...again, kind: 'repeated' });
    expect(balance('mina')).toBe(75);
    sound();
  });

  test('under a used key or with a used reference changes nothing', async () => {
    await payments.topUp(topUpOrder('mina', 'k', { requestedBy: 'bank', reference: 'wire-1' }));
    expect((await payments.topUp(topUpOrder('mina', 'k', { requestedBy: 'bank', reference: 'wire-2' }))).kind).toBe(
      'keyReused',
    );
    expect((await payments.topUp(topUpOrder('joon', 'k2', { requestedBy: 'bank', reference: 'wire-1' }))).kind).toBe(
      'referenceInUse',
    );
    expect((await payments.topUp(topUpOrder('mina', 'k3', { requestedBy: 'other', reference: 'wire-1' }))).kind).toBe(
      'repeated',
    );
    expect(database.tables.wallets).toEqual(new Map([['mina', 1_000]]));
    sound();
  });
});
