import { reservationOutcomeSchema, topics } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import { beforeEach, describe, expect, test } from 'vitest';
import { takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import { takeRefundResults } from '../../src/application/take-refund-results.ts';
import type { VerdictKind } from '../../src/domain/decide.ts';
import type { ChargeResult, PaymentOrder } from '../../src/domain/payment.ts';
import { aFailure, anOrder, aSuccess, later, NOW } from '../builders.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { silentMetrics } from '../silent-metrics.ts';

let database: MemoryDatabase;
let counted: string[];
let now: Date;

const deps = {
  clock: { now: () => now, sleep: async () => {} },
  ids: uuidv7Ids,
  metrics: {
    ...silentMetrics,
    decided: (command: string, kind: VerdictKind) => counted.push(`${command} ${kind}`),
    refundAsked: (reason: string) => counted.push(reason),
  },
};
const request = (...orders: PaymentOrder[]) => database.run((tx) => takeRequests(orders, tx, deps));
const result = (...results: ChargeResult[]) => database.run((tx) => takeResults(results, tx, deps));
const told = () => database.tables.outbox.map(({ topic, key, value }) => ({ topic, key, ...JSON.parse(value) }));

beforeEach(() => {
  database = new MemoryDatabase();
  counted = [];
  now = NOW;
});

describe('requests and results, in batches', () => {
  test('an outcome is told to reservation-outcomes by reservation, as the contract has it', async () => {
    await request(anOrder('r1'));
    now = later(5);
    await result(aSuccess('r1'));
    const [message] = database.tables.outbox;
    expect(message).toMatchObject({
      topic: topics.reservationOutcomes.name,
      key: 'r1',
      headers: { producer: 'result-worker', 'event-type': 'ReservationOutcome', 'occurred-at': later(5).toISOString() },
    });
    expect(reservationOutcomeSchema.parse(JSON.parse(message?.value ?? ''))).toEqual({
      reservationId: 'r1',
      userId: 'fan-1',
      scheduleId: 1,
      seatNumber: 42,
      outcome: 'CONFIRMED',
      reason: null,
      chargeKey: 'charge:r1',
      amount: 120_000,
      decidedAt: later(5).toISOString(),
    });
  });

  test('a refund is asked for by fan, under the key that follows from the charge', async () => {
    await request(anOrder('r1'));
    await result(aFailure('r1'), aSuccess('r1', { chargeKey: 'k2' }));
    expect(told()[1]).toEqual({
      topic: topics.refundRequests.name,
      key: 'fan-1',
      refundKey: 'refund:k2',
      chargeKey: 'k2',
      reservationId: 'r1',
      userId: 'fan-1',
      amount: 120_000,
      reason: 'DECIDED_OTHERWISE',
      requestedAt: NOW.toISOString(),
    });
  });

  test('one batch is decided one after another, on what came before in it', async () => {
    await request(anOrder('r1'), anOrder('r2'), anOrder('r1', { chargeKey: 'k2' }), anOrder('r2'));
    expect(database.tables.payments.get('r1')?.order?.chargeKey).toBe('charge:r1');
    await result(aSuccess('r1'), aSuccess('r2'), aSuccess('r1', { chargeKey: 'k2' }), aSuccess('r1'), aSuccess('r2'));
    expect(counted).toEqual([
      'request requested',
      'request requested',
      'request already-applied',
      'request already-applied',
      'result confirmed',
      'result confirmed',
      'result refund-asked',
      'CHARGED_TWICE',
      'result already-applied',
      'result already-applied',
    ]);
    expect(told().map(({ topic, reservationId }) => [topic, reservationId])).toEqual([
      ['reservation-outcomes', 'r1'],
      ['reservation-outcomes', 'r2'],
      ['refund-requests', 'r1'],
    ]);
  });

  test('a request after its result is decided at once, also within a batch of repetitions', async () => {
    await result(aSuccess('r1'), aSuccess('r1'));
    await request(anOrder('r1'), anOrder('r1'));
    expect(counted).toEqual(['result kept', 'result already-applied', 'request confirmed', 'request outcome-repeated']);
    expect(told()).toHaveLength(2);
    expect(told()[0]).toEqual(told()[1]);
  });

  test('a request for a decided payment is answered with the same content again', async () => {
    await request(anOrder('r1'));
    await result(aFailure('r1', 'WALLET_NOT_FOUND'));
    now = later(999_000);
    await request(anOrder('r1'));
    const [first, again] = told();
    expect(again).toEqual(first);
    const ids = database.tables.outbox.map(({ headers }) => headers['event-id']);
    expect(new Set(ids).size).toBe(2);
  });

  test('nothing is counted of a transaction that fails', async () => {
    const failing = database.run(async (tx) => {
      await takeRequests([anOrder('r1')], tx, deps);
      throw new Error('enough');
    });
    await expect(failing).rejects.toThrow();
    expect(counted).toEqual([]);
  });

  test('results of refunds are noted, of ours and of others', async () => {
    await request(anOrder('r1'));
    await result(aFailure('r1'), aSuccess('r1'));
    const report = {
      refundKey: 'refund:charge:r1',
      chargeKey: 'charge:r1',
      reservationId: 'r1',
      userId: 'fan-1',
      status: 'REFUNDED' as const,
      processedAt: later(7),
    };
    const other = { ...report, refundKey: 'refund:k9', chargeKey: 'k9', status: 'VOIDED' as const };
    await database.run((tx) => takeRefundResults([report, other], tx, deps));
    const { refunds } = database.tables;
    expect(refunds.get('refund:charge:r1')).toMatchObject({ status: 'REFUNDED', reason: 'DECIDED_OTHERWISE' });
    expect(refunds.get('refund:k9')).toMatchObject({ status: 'VOIDED', requestedAt: null });
  });
});
