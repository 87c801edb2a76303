import { describe, expect, test } from 'vitest';
import { aFailure, anOrder, aSuccess, later, NOW } from '../../test/builders.ts';
import { deadlinePassed, requestArrived, resultArrived } from './decide.ts';
import { openPayment, type Payment, unknownPayment } from './payment.ts';

const order = anOrder('r1');
const pending = openPayment(order);
const K1 = 'charge:r1';
const K2 = 'another-key';

const apply = (payment: Payment, ...results: Parameters<typeof resultArrived>[1][]) =>
  results.reduce((before, result) => resultArrived(before, result, NOW).payment, payment);
const confirmed = apply(pending, aSuccess('r1'));
const failed = apply(pending, aFailure('r1'));
const expired = deadlinePassed(pending, later(1_000_000), NOW).payment;

describe('a result for a pending payment', () => {
  test('confirms when it is a success, whatever the clock says', () => {
    const verdict = resultArrived(pending, aSuccess('r1'), later(10_000_000));
    expect(verdict).toMatchObject({
      kind: 'confirmed',
      outcome: { order, decision: { outcome: 'CONFIRMED', reason: null, chargeKey: K1, decidedAt: later(10_000_000) } },
      refunds: [],
    });
  });

  test.each([
    ['INSUFFICIENT_BALANCE', 'PAYMENT_FAILED'],
    ['WALLET_NOT_FOUND', 'PAYMENT_FAILED'],
    ['DECLINED', 'PAYMENT_FAILED'],
    ['DEADLINE_EXCEEDED', 'EXPIRED'],
  ] as const)('decides on %s: %s, and nothing is refunded', (reason, outcome) => {
    const verdict = resultArrived(pending, aFailure('r1', reason), NOW);
    expect(verdict.payment.decision).toEqual({ outcome, reason, chargeKey: K1, decidedAt: NOW });
    expect(verdict.refunds).toEqual([]);
  });

  test.each(['IDEMPOTENCY_CONFLICT', 'ALREADY_CHARGED'] as const)('decides nothing on %s', (reason) => {
    expect(resultArrived(pending, aFailure('r1', reason), NOW)).toMatchObject({ kind: 'ignored', payment: pending });
  });

  test('is about the key that was asked for where it says none', () => {
    const foreign = openPayment(anOrder('r1', { chargeKey: K2 }));
    const verdict = resultArrived(foreign, aSuccess('r1', { chargeKey: null, amount: null }), NOW);
    expect(verdict.outcome?.decision).toMatchObject({ outcome: 'CONFIRMED', chargeKey: K2 });
  });

  test('confirms under another key, and that one is told', () => {
    const verdict = resultArrived(pending, aSuccess('r1', { chargeKey: K2 }), NOW);
    expect(verdict.outcome?.decision).toMatchObject({ outcome: 'CONFIRMED', chargeKey: K2 });
    expect(resultArrived(verdict.payment, aSuccess('r1'), NOW)).toMatchObject({
      kind: 'refund-asked',
      refunds: [{ chargeKey: K1, reason: 'CHARGED_TWICE' }],
    });
  });

  test('decides nothing where another key failed', () => {
    expect(resultArrived(pending, aFailure('r1', 'DECLINED', { chargeKey: K2 }), NOW).kind).toBe('ignored');
  });

  test.each([
    ['amount', { amount: 1 }],
    ['fan', { userId: 'fan-2' }],
  ])('is refunded and decides nothing where the %s is another', (_, given) => {
    const result = aSuccess('r1', given);
    const verdict = resultArrived(pending, result, NOW);
    expect(verdict).toMatchObject({
      kind: 'refund-asked',
      outcome: null,
      refunds: [{ chargeKey: K1, userId: result.userId, amount: result.amount, reason: 'CHARGE_MISMATCH' }],
    });
    // What was given back confirms nothing any more, and is not given back twice.
    const after = resultArrived(verdict.payment, aSuccess('r1'), NOW);
    expect(after).toMatchObject({ kind: 'already-applied', refunds: [] });
    expect(deadlinePassed(after.payment, later(400_000), NOW)).toMatchObject({ kind: 'expired', refunds: [] });
  });
});

describe('a success for a decided payment', () => {
  test('under the deciding key is known', () => {
    expect(resultArrived(confirmed, aSuccess('r1'), NOW)).toMatchObject({ kind: 'already-applied', refunds: [] });
  });

  test.each([
    ['confirmed under another key', confirmed, K2, 'CHARGED_TWICE'],
    ['failed', failed, K1, 'DECIDED_OTHERWISE'],
    ['failed, under another key', failed, K2, 'DECIDED_OTHERWISE'],
    ['expired, under another key', expired, K2, 'DECIDED_OTHERWISE'],
  ])('%s: is refunded once', (_, payment, chargeKey, reason) => {
    const first = resultArrived(payment, aSuccess('r1', { chargeKey }), NOW);
    expect(first.refunds).toEqual([{ chargeKey, userId: 'fan-1', amount: 120_000, reason }]);
    expect(first.payment.decision).toBe(payment.decision);
    expect(resultArrived(first.payment, aSuccess('r1', { chargeKey }), NOW).refunds).toEqual([]);
  });

  test('that expired is on its way back already', () => {
    expect(resultArrived(expired, aSuccess('r1'), NOW)).toMatchObject({ kind: 'already-applied', refunds: [] });
  });

  test('without an amount is refunded by what was asked for', () => {
    expect(resultArrived(failed, aSuccess('r1', { amount: null }), NOW).refunds[0]?.amount).toBe(120_000);
  });
});

describe('a request', () => {
  test('for a decided payment is answered with the same outcome, whatever key it came under', () => {
    for (const payment of [confirmed, failed, expired]) {
      const verdict = requestArrived(payment, anOrder('r1', { chargeKey: K2, amount: 5 }), later(9_000));
      expect(verdict).toMatchObject({ kind: 'outcome-repeated', outcome: { order, decision: payment.decision } });
      expect(verdict.payment).toBe(payment);
    }
  });

  test('for a pending payment changes nothing', () => {
    expect(requestArrived(pending, anOrder('r1', { chargeKey: K2 }), NOW)).toMatchObject({
      kind: 'already-applied',
      payment: { order },
    });
  });

  test('decides by the result that came before it', () => {
    const kept = apply(unknownPayment('r1'), aSuccess('r1', { chargeKey: null }));
    expect(kept.kept).toHaveLength(1);
    expect(requestArrived(kept, order, later(10_000_000))).toMatchObject({
      kind: 'confirmed',
      outcome: { decision: { outcome: 'CONFIRMED', chargeKey: K1 } },
      payment: { kept: [] },
    });
  });

  test('prefers a success under its own key, then another success, to a failure', () => {
    const results = [aFailure('r1'), aSuccess('r1', { chargeKey: K2 }), aSuccess('r1', { chargeKey: null })];
    const verdict = requestArrived(apply(unknownPayment('r1'), ...results), order, NOW);
    expect(verdict.outcome?.decision).toMatchObject({ outcome: 'CONFIRMED', chargeKey: K1 });
    expect(verdict.refunds).toMatchObject([{ chargeKey: K2, reason: 'CHARGED_TWICE' }]);
    const without = requestArrived(apply(unknownPayment('r1'), ...results.slice(0, 2)), order, NOW);
    expect(without.outcome?.decision.chargeKey).toBe(K2);
    expect(without.refunds).toEqual([]);
  });

  test('keeps of one key the success, and nothing that decides nothing', () => {
    const { kept } = apply(
      unknownPayment('r1'),
      aFailure('r1', 'ALREADY_CHARGED'),
      aFailure('r1'),
      aSuccess('r1'),
      aFailure('r1', 'DECLINED'),
      aSuccess('r1'),
    );
    expect(kept).toEqual([aSuccess('r1')]);
  });
});

describe('the deadline', () => {
  test('expires what is pending, and gives back whatever was or will be charged', () => {
    expect(deadlinePassed(pending, later(300_001), later(400_000))).toMatchObject({
      kind: 'expired',
      outcome: { decision: { outcome: 'EXPIRED', reason: 'NO_RESULT', chargeKey: K1, decidedAt: later(400_000) } },
      refunds: [{ chargeKey: K1, userId: 'fan-1', amount: 120_000, reason: 'PAYMENT_EXPIRED' }],
    });
  });

  test('expires nothing while results from before it may be unread, nothing decided, nothing unknown', () => {
    expect(deadlinePassed(pending, order.deadline, later(400_000)).kind).toBe('ignored');
    for (const payment of [confirmed, failed, unknownPayment('r1')]) {
      expect(deadlinePassed(payment, later(900_000), later(900_000))).toMatchObject({ kind: 'ignored', payment });
    }
  });
});
