import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PaymentService } from '../../src/application/payment-service.ts';
import { paymentOrder, refundOrder, topUpOrder } from '../builders.ts';
import { expectSoundBooks, paymentResults, refundResults } from '../ledger.ts';
import { type PaymentDatabase, paymentDatabase } from './payment-database.ts';

const REPLICAS = 20;

let database: PaymentDatabase;
let replicas: PaymentService[];

beforeAll(async () => {
  database = await paymentDatabase(REPLICAS);
  replicas = Array.from({ length: REPLICAS }, () => database.replica());
  // Connections are opened beforehand, so that the workers start at one moment.
  await Promise.all(replicas.map(() => database.query('SELECT SLEEP(0.05)')));
});
afterAll(async () => {
  expectSoundBooks(await database.books());
  await database.close();
});

const everywhere = <T>(act: (replica: PaymentService, n: number) => Promise<T>) => Promise.all(replicas.map(act));
const topUp = (userId: string, amount: number) =>
  (replicas[0] as PaymentService).topUp(topUpOrder(userId, 'first', { amount }));
const balance = async (userId: string) => (await database.books()).wallets.get(userId);
const resultsOf = async (reservationId: string) =>
  paymentResults(await database.outbox()).filter((result) => result.reservationId === reservationId);
const refundsOf = async (reservationId: string) =>
  refundResults(await database.outbox()).filter((result) => result.reservationId === reservationId);
const distinct = (results: readonly object[]) => new Set(results.map((result) => JSON.stringify(result))).size;

describe('20 replicas at one moment', () => {
  test.each([1, 2, 3])('with one request charge once, and answer alike (round %i)', async (round) => {
    const [id, fan] = [`same-${round}`, `same-fan-${round}`];
    await topUp(fan, 1_000);
    await everywhere((replica) => replica.pay(paymentOrder(id, fan)));
    expect(await balance(fan)).toBe(900);
    const results = await resultsOf(id);
    expect(results).toHaveLength(REPLICAS);
    expect(distinct(results)).toBe(1);
  });

  test('with one request of a fan without a wallet, which nothing can be locked for, decide once', async () => {
    await everywhere((replica) => replica.pay(paymentOrder('no-wallet', 'nobody')));
    const results = await resultsOf('no-wallet');
    expect(results).toHaveLength(REPLICAS);
    expect(distinct(results)).toBe(1);
    expect(results[0]?.failReason).toBe('WALLET_NOT_FOUND');
  });

  test('with one key of different fans and terms decide once, and call the others a conflict', async () => {
    await Promise.all(replicas.map((_, n) => topUp(`conflict-fan-${n}`, 1_000)));
    await everywhere((replica, n) =>
      replica.pay(paymentOrder(`conflict-${n}`, `conflict-fan-${n}`, { idempotencyKey: 'conflict' })),
    );
    const results = paymentResults(await database.outbox()).filter(
      ({ idempotencyKey }) => idempotencyKey === 'conflict',
    );
    expect(results.filter(({ status }) => status === 'SUCCESS')).toHaveLength(1);
    expect(results.filter(({ failReason }) => failReason === 'IDEMPOTENCY_CONFLICT')).toHaveLength(REPLICAS - 1);
  });

  test('with 20 keys and fans for one reservation charge one of them', async () => {
    await Promise.all(replicas.map((_, n) => topUp(`rival-${n}`, 1_000)));
    await everywhere((replica, n) =>
      replica.pay(paymentOrder('wanted', `rival-${n}`, { idempotencyKey: `wanted-${n}` })),
    );
    const results = await resultsOf('wanted');
    expect(results.filter(({ status }) => status === 'SUCCESS')).toHaveLength(1);
    expect(results.filter(({ failReason }) => failReason === 'ALREADY_CHARGED')).toHaveLength(REPLICAS - 1);
  });

  test('with 20 requests of one fan charge those that the wallet can pay', async () => {
    await topUp('spender', 1_000);
    await everywhere((replica, n) => replica.pay(paymentOrder(`spent-${n}`, 'spender')));
    expect(await balance('spender')).toBe(0);
    const results = await Promise.all(replicas.map((_, n) => resultsOf(`spent-${n}`)));
    expect(results.flat().filter(({ status }) => status === 'SUCCESS')).toHaveLength(10);
    expect(results.flat().filter(({ failReason }) => failReason === 'INSUFFICIENT_BALANCE')).toHaveLength(10);
  });

  test('with one refund give back once, and answer alike', async () => {
    await topUp('returner', 1_000);
    await (replicas[0] as PaymentService).pay(paymentOrder('returned', 'returner'));
    await everywhere((replica) => replica.refund(refundOrder('returned', 'returner')));
    expect(await balance('returner')).toBe(1_000);
    const refunds = await refundsOf('returned');
    expect(refunds).toHaveLength(REPLICAS);
    expect(distinct(refunds)).toBe(1);
  });

  test.each([
    ['a fan with a wallet', 'crossed-fan'],
    ['a fan without one', 'crossed-nobody'],
  ])('with a charge and its refund, of %s, end with nothing charged and one answer to each', async (_, fan) => {
    if (fan === 'crossed-fan') await topUp(fan, 1_000);
    for (let round = 0; round < 10; round++) {
      const id = `${fan}-${round}`;
      await everywhere((replica, n) =>
        n % 2 === 0 ? replica.pay(paymentOrder(id, fan)) : replica.refund(refundOrder(id, fan)),
      );
      const [results, refunds] = [await resultsOf(id), await refundsOf(id)];
      expect([results.length, refunds.length]).toEqual([REPLICAS / 2, REPLICAS / 2]);
      expect([distinct(results), distinct(refunds)]).toEqual([1, 1]);
      expect(refunds[0]?.status).toBe(results[0]?.status === 'SUCCESS' ? 'REFUNDED' : 'VOIDED');
    }
    if (fan === 'crossed-fan') expect(await balance(fan)).toBe(1_000);
  });

  test('with first top-ups of one fan open one wallet and lose none of them', async () => {
    const verdicts = await everywhere((replica, n) => replica.topUp(topUpOrder('newcomer', `k${n}`, { amount: 10 })));
    expect(verdicts.every(({ kind }) => kind === 'made')).toBe(true);
    expect(await balance('newcomer')).toBe(200);
  });

  test('with one top-up make it once, and answer alike', async () => {
    const verdicts = await everywhere((replica) => replica.topUp(topUpOrder('once', 'k', { amount: 10 })));
    expect(verdicts.filter(({ kind }) => kind === 'made')).toHaveLength(1);
    expect(verdicts.filter(({ kind }) => kind === 'repeated')).toHaveLength(REPLICAS - 1);
    expect(await balance('once')).toBe(10);
  });

  test('with one reference for different fans make one of them', async () => {
    const verdicts = await everywhere((replica, n) =>
      replica.topUp(topUpOrder(`payee-${n}`, `k${n}`, { requestedBy: 'bank', reference: 'wire' })),
    );
    expect(verdicts.filter(({ kind }) => kind === 'made')).toHaveLength(1);
    expect(verdicts.filter(({ kind }) => kind === 'referenceInUse')).toHaveLength(REPLICAS - 1);
  });
});
