import { createMetrics, PermanentError, systemClock, TransientError } from '@stagedoor/platform';
import { type ProviderFaults, type ProviderStandIn, providerStandIn, quietLogger } from '@stagedoor/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type AttemptedPayment, attempt } from '../../src/domain/payment.ts';
import { attemptRefund } from '../../src/domain/refund.ts';
import { HttpProvider } from '../../src/outbound/http-provider/http-provider.ts';
import type { CallBounds } from '../../src/outbound/http-provider/provider-calls.ts';
import { NOW, paymentOrder, refundOrder } from '../builders.ts';

const SUCCESS = { status: 'SUCCESS', failReason: null, balance: null };
const PATIENCE = { timeout: 15_000 };
const breaker = { failurePercent: 50, windowMs: 5_000, minCalls: 1_000, openMs: 100 };
const bounds: CallBounds = { maxCalls: 100, maxQueuedCalls: 100, retries: 2, breaker };

let outside: ProviderStandIn;
let provider: HttpProvider;

const start = async (changes: Partial<CallBounds> = {}, { timeoutMs = 2_000, url = outside.url } = {}) => {
  await provider?.close();
  provider = new HttpProvider({
    name: 'http',
    url,
    timeoutMs,
    bounds: { ...bounds, ...changes },
    clock: systemClock,
    logger: quietLogger,
    metrics: createMetrics('test'),
  });
};
beforeEach(async () => {
  outside = await providerStandIn();
  await start();
});
afterEach(async () => {
  await provider.close();
  await outside.close();
});

const payment = (id = 'r1', change = {}): AttemptedPayment =>
  attempt(
    { ...paymentOrder(id, 'mina', change), state: 'RECEIVED', receivedAt: NOW, claimsReservation: false },
    'http',
    NOW,
  );
const refund = (id = 'r1', change = {}) => attemptRefund(refundOrder(id, 'mina', change), NOW);
const charges = () => outside.book().charges;

test('charges, tells of it, and gives it back, each once under our key', async () => {
  expect(await provider.inquireCharge(payment())).toBeNull();
  expect(await provider.charge(payment())).toEqual(SUCCESS);
  expect(await provider.charge(payment())).toEqual(SUCCESS);
  expect(await provider.inquireCharge(payment())).toEqual(SUCCESS);
  expect(await provider.inquireRefund(refund())).toBeNull();
  expect(await provider.refund(refund())).toEqual({ balance: null });
  expect(await provider.refund(refund())).toEqual({ balance: null });
  expect(await provider.inquireRefund(refund())).toEqual({ balance: null });
  expect(outside.book()).toMatchObject({
    charges: [{ key: 'charge:r1', amount: 100, times: 1, asked: 2 }],
    refunds: [{ key: 'refund:charge:r1', amount: 100, times: 1, asked: 2 }],
  });
});

describe('what is final', () => {
  test('a decline', async () => {
    outside.change({ declineShare: 1 });
    expect(await provider.charge(payment())).toMatchObject({ status: 'FAILED', failReason: 'DECLINED' });
    expect(await provider.inquireCharge(payment())).toMatchObject({ failReason: 'DECLINED' });
    expect(charges()).toMatchObject([{ asked: 1, times: 0 }]);
  });

  test('a charge that is refused, if none was made under its key', async () => {
    expect(await provider.charge(payment('r1', { amount: 0.5 }))).toMatchObject({ failReason: 'DECLINED' });
    expect(charges()).toEqual([]);
  });

  test('another charge under our key: for a person to see', async () => {
    await provider.charge(payment());
    await expect(provider.charge(payment('r1', { amount: 200 }))).rejects.toThrow(PermanentError);
  });

  test('a refund of what was never charged', async () => {
    await expect(provider.refund(refund())).rejects.toMatchObject({ code: 'REFUND_FAILED' });
  });
});

describe('an answer that is lost', () => {
  test('is asked for, and nothing is charged again', async () => {
    outside.change({ lostAnswerShare: 1 });
    expect(await provider.charge(payment())).toEqual(SUCCESS);
    expect(charges()).toMatchObject([{ asked: 1, times: 1 }]);
    expect(await provider.refund(refund())).toEqual({ balance: null });
    expect(outside.book().refunds).toMatchObject([{ asked: 1, times: 1 }]);
  });

  test('by a timeout: transient, and the inquiry of the next message finds the charge', async () => {
    await start({ retries: 0 }, { timeoutMs: 150 });
    outside.change({ latency: { kind: 'uniform', fromMs: 250, toMs: 250 } });
    await expect(provider.charge(payment())).rejects.toThrow(TransientError);
    outside.change({ latency: { kind: 'uniform', fromMs: 0, toMs: 0 } });
    await vi.waitFor(async () => expect(await provider.inquireCharge(payment())).toEqual(SUCCESS), PATIENCE);
    expect(charges()).toMatchObject([{ asked: 1, times: 1 }]);
  });
});

describe('what passes is tried again, so many times', () => {
  test.each<[string, Partial<ProviderFaults>]>([
    ['errors', { errorShare: 1 }],
    ['unavailable', { outage: 'errors' }],
    ['cut connections', { outage: 'cut' }],
    ['no capacity', { capacity: 0 }],
  ])('%s', async (_, faults) => {
    outside.change({ ...faults });
    const before = outside.calls.all;
    await expect(provider.charge(payment())).rejects.toThrow(TransientError);
    expect(outside.calls.all - before).toBe(3);
    expect(charges()).toEqual([]);
    outside.change({ errorShare: 0, outage: 'none', capacity: 100 });
    expect(await provider.charge(payment())).toEqual(SUCCESS);
  });

  test('half of the calls failing and answers lost: messages come again, and everything is charged once', async () => {
    outside.change({ errorShare: 0.3, lostAnswerShare: 0.3, duplicateShare: 0.2 });
    const settled = async (of: AttemptedPayment, isNew = true): Promise<unknown> => {
      try {
        return (isNew ? null : await provider.inquireCharge(of)) ?? (await provider.charge(of));
      } catch (error) {
        expect(error).toBeInstanceOf(TransientError);
        return settled(of, false);
      }
    };
    const made = await Promise.all(Array.from({ length: 200 }, (_, n) => settled(payment(`r${n}`))));
    expect(made).toEqual(Array(200).fill(SUCCESS));
    expect(charges().map(({ times }) => times)).toEqual(Array(200).fill(1));
  });

  test('a wrong address fails nobody', async () => {
    await start({}, { url: `${outside.url}/elsewhere` });
    await expect(provider.charge(payment())).rejects.toThrow(TransientError);
    expect(outside.calls.all).toBe(1);
  });

  test('nobody listening', async () => {
    await start({}, { url: 'http://127.0.0.1:1' });
    await expect(provider.charge(payment())).rejects.toThrow(TransientError);
  });
});

describe('the circuit breaker', () => {
  const fails = (id: string) => expect(provider.charge(payment(id))).rejects.toThrow(TransientError);

  test('opens, fails at once without a call, tries once, and closes by itself', async () => {
    await start({ retries: 0, breaker: { ...breaker, minCalls: 5, openMs: 500 } });
    outside.change({ outage: 'errors' });
    for (let n = 0; n < 5; n++) await fails(`r${n}`);
    expect(provider.breakerState).toBe('open');
    const before = outside.calls.all;
    await fails('r5');
    expect(outside.calls.all).toBe(before);
    // One call of many tries whether it is back; it is not, and the others fail without a call.
    await vi.waitFor(async () => {
      await Promise.all(Array.from({ length: 20 }, (_, n) => fails(`r${n}`)));
      expect(outside.calls.all).toBeGreaterThan(before);
    }, PATIENCE);
    expect(outside.calls.all).toBeLessThan(before + 5);
    expect(provider.breakerState).toBe('open');
    outside.change({ outage: 'none' });
    await vi.waitFor(async () => expect(await provider.charge(payment('r9'))).toEqual(SUCCESS), PATIENCE);
    expect(provider.breakerState).toBe('closed');
  });

  test('has no room while it is open, then for one that tries', async () => {
    await start({ retries: 0, breaker: { ...breaker, minCalls: 5, openMs: 300 } });
    expect(provider.room()).toBe(200);
    outside.change({ outage: 'errors' });
    for (let n = 0; n < 5; n++) await fails(`r${n}`);
    expect(provider.room()).toBe(0);
    await vi.waitFor(() => expect(provider.room()).toBe(1), PATIENCE);
    outside.change({ outage: 'hangs' });
    const trying = fails('r5');
    await vi.waitFor(() => expect(provider.breakerState).toBe('half-open'), PATIENCE);
    expect(provider.room()).toBe(0);
    await trying;
    outside.change({ outage: 'none' });
    await vi.waitFor(async () => expect(await provider.charge(payment('r6'))).toEqual(SUCCESS), PATIENCE);
    expect(provider.breakerState).toBe('closed');
  });

  test('lets few calls through when it closes, and more with each that succeeds', async () => {
    await start({ retries: 0, breaker: { ...breaker, minCalls: 5, openMs: 100 } });
    outside.change({ outage: 'errors' });
    for (let n = 0; n < 5; n++) await fails(`r${n}`);
    outside.change({ outage: 'none' });
    await vi.waitFor(async () => expect(await provider.charge(payment('r5'))).toEqual(SUCCESS), PATIENCE);
    const few = provider.room();
    expect(few).toBeLessThan(20);
    outside.change({ outage: 'stalls' });
    // Also what is in doubt, which asks for no room, does not come all at once.
    const asked = Promise.allSettled(Array.from({ length: 100 }, (_, n) => provider.inquireCharge(payment(`r${n}`))));
    await vi.waitFor(() => expect(outside.calls.now).toBe(few), PATIENCE);
    outside.change({ outage: 'none' });
    expect((await asked).filter(({ status }) => status === 'fulfilled')).toHaveLength(few);
    expect(provider.room()).toBe(2 * few);
    while (provider.room() < 200) await provider.inquireCharge(payment('r5'));
    await provider.inquireCharge(payment('r5'));
    expect(provider.room()).toBe(200);
  });

  test('opens when nothing answers, and lets go of the calls that wait', async () => {
    await start({ maxCalls: 5, retries: 0, breaker: { ...breaker, minCalls: 5, openMs: 60_000 } }, { timeoutMs: 200 });
    outside.change({ outage: 'hangs' });
    await Promise.all(Array.from({ length: 50 }, (_, n) => fails(`r${n}`)));
    expect(outside.calls.all).toBeLessThanOrEqual(10);
  });

  test('stays closed for declines and for a provider that is only busy', async () => {
    await start({ retries: 0, breaker: { ...breaker, minCalls: 5 } });
    outside.change({ capacity: 0 });
    for (let n = 0; n < 10; n++) await fails(`r${n}`);
    outside.change({ capacity: 100, declineShare: 1 });
    for (let n = 0; n < 10; n++) await provider.charge(payment(`d${n}`));
    expect(provider.breakerState).toBe('closed');
  });
});

describe('the bulkhead', () => {
  test('3,000 calls are in flight at once, and the thread is free', { timeout: 60_000 }, async () => {
    await start({ maxCalls: 3_000 }, { timeoutMs: 30_000 });
    outside.change({ outage: 'stalls' });
    const charging = Promise.all(Array.from({ length: 3_000 }, (_, n) => provider.charge(payment(`r${n}`))));
    await vi.waitFor(() => expect(outside.calls.now).toBe(3_000), { timeout: 30_000, interval: 20 });
    outside.change({ outage: 'none' });
    expect(await charging).toHaveLength(3_000);
    expect(charges().every(({ times }) => times === 1)).toBe(true);
    expect(provider.inFlight).toBe(0);
  });

  test('what neither has a place nor may wait fails at once', async () => {
    await start({ maxCalls: 10, maxQueuedCalls: 20 });
    outside.change({ latency: { kind: 'uniform', fromMs: 200, toMs: 200 } });
    const made = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => provider.charge(payment(`r${n}`))));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(30);
    expect(outside.calls.most).toBe(10);
  });
});

test('closing ends the calls under way as transient', async () => {
  outside.change({ outage: 'hangs' });
  const charging = provider.charge(payment());
  await vi.waitFor(() => expect(outside.calls.all).toBe(1), PATIENCE);
  await Promise.all([expect(charging).rejects.toThrow(TransientError), provider.close()]);
});
