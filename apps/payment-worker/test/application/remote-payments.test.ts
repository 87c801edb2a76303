import { TransientError } from '@stagedoor/platform';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type PaymentService, paymentService } from '../../src/application/payment-service.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { countingIds, NOW, noMetrics, paymentOrder, refundOrder, standingClock, topUpOrder } from '../builders.ts';
import { expectSoundBooks, paymentResults, refundResults } from '../ledger.ts';
import { MemoryDatabase } from '../memory/memory-database.ts';
import { FakeProvider } from './remote-provider.ts';

let database: MemoryDatabase;
let provider: FakeProvider;
let clock: ReturnType<typeof standingClock>;
let payments: PaymentService;

const startAgain = (
  with_: FakeProvider | typeof walletProvider = provider,
  formerProviders: (FakeProvider | typeof walletProvider)[] = [],
): PaymentService =>
  paymentService({
    unitOfWork: database,
    provider: with_,
    formerProviders,
    clock,
    ids: countingIds(),
    metrics: noMetrics,
    maxBatch: 100,
    maxQueuedMessages: 10_000,
    maxQueuedRequests: 1_000,
  });

beforeEach(() => {
  database = new MemoryDatabase();
  provider = new FakeProvider();
  clock = standingClock();
  payments = startAgain();
});

const payment = (id = 'r1') => database.tables.payments.get(`charge:${id}`);
const results = () => paymentResults(database.tables.outbox);
const refunds = () => refundResults(database.tables.outbox);
const late = new Date(NOW.getTime() + 10 * 60_000);

/** Holds the provider's calls back; answers what lets them on. */
function holdCalls(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  provider.gate = promise;
  return resolve;
}

test('the attempt is recorded before the call, the answer after it', async () => {
  const letOn = holdCalls();
  const paying = payments.pay(paymentOrder('r1', 'mina'));
  await vi.waitFor(() => expect(provider.calls).toEqual(['charge charge:r1']));
  expect(payment()).toMatchObject({ state: 'ATTEMPTED', claimsReservation: true });
  expect(results()).toEqual([]);
  letOn();
  await paying;
  expect(payment()).toMatchObject({ state: 'SETTLED', attemptedAt: NOW, verdict: { status: 'SUCCESS' } });
  expect(results()).toMatchObject([{ reservationId: 'r1', status: 'SUCCESS', balance: null }]);
});

test('a declined charge leaves the reservation to another key', async () => {
  provider.declines.add('mina');
  await payments.pay(paymentOrder('r1', 'mina'));
  await payments.pay(paymentOrder('r1', 'joon', { idempotencyKey: 'second' }));
  expect(results().map(({ failReason }) => failReason)).toEqual(['DECLINED', null]);
});

test('thousands of calls are in flight at once', async () => {
  const letOn = holdCalls();
  const paying = Array.from({ length: 3_000 }, (_, n) => payments.pay(paymentOrder(`r${n}`, `fan-${n}`)));
  await vi.waitFor(() => expect(provider.calls).toHaveLength(3_000), { timeout: 20_000 });
  letOn();
  await Promise.all(paying);
  expect(results()).toHaveLength(3_000);
});

describe('a crash between the attempt and its record', () => {
  test.each([
    ['answer lost', 'what the provider did', ['charge charge:r1', 'inquire charge:r1']],
    ['request lost', 'a call under the same key', ['charge charge:r1', 'inquire charge:r1', 'charge charge:r1']],
  ] as const)('with the %s ends in %s, however late it is', async (fault, _, calls) => {
    provider.faults = [fault];
    await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    expect(payment()).toMatchObject({ state: 'ATTEMPTED' });
    clock.set(late);
    payments = startAgain();
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(provider.calls).toEqual(calls);
    expect(provider.charged.size).toBe(1);
    expect(results()).toMatchObject([{ status: 'SUCCESS', failReason: null, processedAt: late.toISOString() }]);
  });

  test('before the call was made ends in one charge, though nobody else had heard of it', async () => {
    const letOn = holdCalls();
    const first = payments.pay(paymentOrder('r1', 'mina'));
    await vi.waitFor(() => expect(payment()).toBeDefined());
    // Another replica gets the message while the first one's call is still on its way.
    const second = startAgain().pay(paymentOrder('r1', 'mina'));
    letOn();
    await Promise.all([first, second]);
    expect(provider.charged.size).toBe(1);
    expect(results()).toHaveLength(2);
    expect(results()[0]).toEqual(results()[1]);
  });
});

test('copies of a request wait for the call that is under way here, without asking', async () => {
  const letOn = holdCalls();
  const paying = Array.from({ length: 20 }, () => payments.pay(paymentOrder('r1', 'mina')));
  await vi.waitFor(() => expect(provider.calls).toHaveLength(1));
  letOn();
  await Promise.all(paying);
  expect(provider.calls).toEqual(['charge charge:r1']);
  expect(results()).toHaveLength(20);
});

test('another key of the same reservation waits until the attempt is resolved', async () => {
  provider.faults = ['answer lost'];
  await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
  const second = paymentOrder('r1', 'mina', { idempotencyKey: 'second' });
  await expect(payments.pay(second)).rejects.toThrow(TransientError);
  await payments.pay(paymentOrder('r1', 'mina'));
  await payments.pay(second);
  expect(results().map(({ failReason }) => failReason)).toEqual([null, 'ALREADY_CHARGED']);
  expect(provider.charged.size).toBe(1);
});

describe('a refund', () => {
  test('of a charge in doubt waits until it is resolved', async () => {
    provider.faults = ['answer lost'];
    await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    await expect(payments.refund(refundOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.refund(refundOrder('r1', 'mina'));
    expect(refunds()).toMatchObject([{ status: 'REFUNDED', balance: null }]);
    expect(payment()).toMatchObject({ claimsReservation: false });
  });

  test.each(['answer lost', 'request lost'] as const)('with the %s is resolved by asking, once', async (fault) => {
    await payments.pay(paymentOrder('r1', 'mina'));
    provider.faults = [fault];
    await expect(payments.refund(refundOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    // Until the money is known to be back the reservation counts as charged.
    expect(payment()).toMatchObject({ claimsReservation: true });
    payments = startAgain();
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.refund(refundOrder('r1', 'mina'));
    expect(provider.calls).toContain('inquire refund:charge:r1');
    expect(provider.refunded.size).toBe(1);
    expect(refunds()).toHaveLength(2);
    expect(refunds()[0]).toEqual(refunds()[1]);
    expect(payment()).toMatchObject({ claimsReservation: false });
  });

  test('of an unknown charge is void without asking the provider, and its key is closed', async () => {
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(provider.calls).toEqual([]);
    expect(refunds()).toMatchObject([{ status: 'VOIDED' }]);
    expect(results()).toMatchObject([{ failReason: 'DEADLINE_EXCEEDED' }]);
  });
});

test('what is charged outside is booked between the provider and the sales, and no wallet', async () => {
  provider.declines.add('joon');
  await payments.pay(paymentOrder('r1', 'mina'));
  await payments.pay(paymentOrder('r2', 'joon'));
  await payments.pay(paymentOrder('r3', 'mina'));
  await payments.refund(refundOrder('r3', 'mina'));
  await payments.refund(refundOrder('r3', 'mina'));
  const { wallets, payments: charges, refunds: made } = database.tables;
  const transfers = [...database.tables.transfers.values()];
  expect(transfers.map(({ kind, debitAccount, reference }) => [kind, debitAccount, reference])).toEqual([
    ['CHARGE', 'system:provider', 'charge:r1'],
    ['CHARGE', 'system:provider', 'charge:r3'],
    ['REFUND', 'system:sales', 'refund:charge:r3'],
  ]);
  expect(wallets.size).toBe(0);
  expectSoundBooks({ wallets, transfers, payments: [...charges.values()], refunds: [...made.values()] });
});

describe('a provider that has no room', () => {
  beforeEach(() => {
    provider.places = 0;
  });

  test('is not asked, nothing is attempted, and the order comes again', async () => {
    await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    expect(payment()).toBeUndefined();
    expect(provider.calls).toEqual([]);
    provider.places = 1;
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(results()).toMatchObject([{ status: 'SUCCESS' }]);
  });

  test('charges nobody who has missed the deadline meanwhile', async () => {
    await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    clock.set(late);
    await payments.pay(paymentOrder('r1', 'mina'));
    provider.places = 1;
    await payments.pay(paymentOrder('r1', 'mina'));
    expect(results()).toMatchObject([{ failReason: 'DEADLINE_EXCEEDED' }, { failReason: 'DEADLINE_EXCEEDED' }]);
    expect(provider.calls).toEqual([]);
  });

  test('keeps nothing waiting that needs no call: known keys, charges that never came', async () => {
    provider.places = 1;
    await payments.pay(paymentOrder('r1', 'mina'));
    provider.places = 0;
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.refund(refundOrder('r2', 'joon'));
    expect(results()).toHaveLength(2);
    expect(refunds()).toMatchObject([{ status: 'VOIDED' }]);
  });

  test('gives nothing back until it has', async () => {
    provider.places = 1;
    await payments.pay(paymentOrder('r1', 'mina'));
    provider.places = 0;
    await expect(payments.refund(refundOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    expect(database.tables.refunds.size).toBe(0);
    provider.places = 1;
    await payments.refund(refundOrder('r1', 'mina'));
    expect(refunds()).toMatchObject([{ status: 'REFUNDED' }]);
  });

  test('for all orders of a batch is asked for as many as it has room for', async () => {
    provider.places = 3;
    const letOn = holdCalls();
    const orders = Array.from({ length: 10 }, (_, n) => paymentOrder(`r${n}`, `fan-${n}`));
    const paying = Promise.allSettled(orders.map((order) => payments.pay(order)));
    await vi.waitFor(() => expect(provider.calls).toHaveLength(3));
    letOn();
    const ended = await paying;
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(database.tables.payments.size).toBe(3);
  });
});

describe('after a change of the provider', () => {
  test('what the former one left in doubt is resolved with it, and nobody else', async () => {
    provider.faults = ['answer lost'];
    await expect(payments.pay(paymentOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    const next = new FakeProvider('next');
    await expect(startAgain(next).pay(paymentOrder('r1', 'mina'))).rejects.toThrow('"outside" is not configured');
    await expect(startAgain(walletProvider).pay(paymentOrder('r1', 'mina'))).rejects.toThrow('is not configured');
    expect(payment()).toMatchObject({ state: 'ATTEMPTED' });
    payments = startAgain(next, [walletProvider, provider]);
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r2', 'mina'));
    expect([...provider.charged.keys()]).toEqual(['charge:r1']);
    expect([...next.charged.keys()]).toEqual(['charge:r2']);
    expect(next.calls).toEqual(['charge charge:r2']);
  });

  test('what it charged is given back by it, also a refund that was in doubt', async () => {
    await payments.pay(paymentOrder('r1', 'mina'));
    await payments.pay(paymentOrder('r2', 'mina'));
    provider.faults = ['answer lost'];
    await expect(payments.refund(refundOrder('r1', 'mina'))).rejects.toThrow(TransientError);
    const next = new FakeProvider('next');
    await expect(startAgain(next).refund(refundOrder('r2', 'mina'))).rejects.toThrow(TransientError);
    payments = startAgain(next, [provider]);
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.refund(refundOrder('r2', 'mina'));
    expect(next.calls).toEqual([]);
    expect(provider.refunded.size).toBe(2);
  });

  test('what wallets paid goes back to them, and what was paid outside does not', async () => {
    payments = startAgain(walletProvider);
    await payments.topUp(topUpOrder('mina', 'k'));
    await payments.pay(paymentOrder('r1', 'mina'));
    payments = startAgain(provider, [walletProvider]);
    await payments.pay(paymentOrder('r2', 'mina'));
    await payments.refund(refundOrder('r1', 'mina'));
    await payments.refund(refundOrder('r2', 'mina'));
    expect(database.tables.wallets.get('mina')).toBe(1_000);
    expect(provider.calls).toEqual(['charge charge:r2', 'refund refund:charge:r2']);
    const { wallets, payments: charges, refunds: made } = database.tables;
    const transfers = [...database.tables.transfers.values()];
    expectSoundBooks({ wallets, transfers, payments: [...charges.values()], refunds: [...made.values()] });
  });
});
