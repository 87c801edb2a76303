import { aPaymentRequest, aPaymentResult, aRefundRequest } from '@stagedoor/testkit';
import { describe, expect, test } from 'vitest';
import { anOrder, later, NOW } from '../../test/builders.ts';
import { forecast, type KnownPayment } from './forecast.ts';
import type { Decision } from './payment.ts';

const order = anOrder('r1');
const decided = (given: Partial<Decision> = {}): KnownPayment => ({
  order,
  decision: { outcome: 'CONFIRMED', reason: null, chargeKey: order.chargeKey, decidedAt: NOW, ...given },
  refunds: [],
});
const undecided: KnownPayment = { order, decision: null, refunds: [] };

describe('what a request is expected to do', () => {
  const request = (payment: KnownPayment | null, now = NOW, idempotencyKey = order.chargeKey) =>
    forecast(
      {
        topic: 'payment-requests',
        value: aPaymentRequest({ reservationId: 'r1', idempotencyKey }),
        deadline: order.deadline,
      },
      payment,
      now,
    );

  test.each([
    ['in time', null, NOW, /^It is charged once/],
    ['in time, and known', undecided, NOW, /^It is charged once/],
    ['late', undecided, later(300_001), /^Its deadline passed at .*else it is not charged.*EXPIRED/],
    ['decided', decided(), later(300_001), /^Decided CONFIRMED under this key: it is answered as before/],
    ['decided under another key', decided({ chargeKey: 'other' }), NOW, /^Decided CONFIRMED under other: .*given back/],
  ])('%s', (_, payment, now, words) => {
    expect(request(payment, now)).toMatch(words);
  });
});

describe('what a result is expected to do', () => {
  const result = (payment: KnownPayment | null, given = {}) =>
    forecast({ topic: 'payment-results', value: aPaymentResult({ reservationId: 'r1', ...given }) }, payment, NOW);
  const failed = { failReason: 'DECLINED' as const };

  test.each([
    ['without its request', null, {}, /^It is kept/],
    ['of an undecided payment', undecided, {}, /undecided: it is decided by this SUCCESS/],
    ['of the deciding charge', decided(), {}, /nothing changes/],
    ['of another charge', decided(), { idempotencyKey: 'other' }, /this charge is given back/],
    ['of an expired payment', decided({ outcome: 'EXPIRED' }), {}, /this charge is given back/],
    ['that failed, of a decided payment', decided({ outcome: 'EXPIRED' }), failed, /nothing changes/],
  ])('%s', (_, payment, given, words) => {
    expect(result(payment, given)).toMatch(words);
  });
});

test.each([
  ['is not known of', [], /^The charge is given back/],
  ['is under way', [{ chargeKey: order.chargeKey, status: 'REQUESTED' as const }], /^The charge is given back/],
  ['was made', [{ chargeKey: order.chargeKey, status: 'REFUNDED' as const }], /^It is REFUNDED already/],
])('a refund request whose refund %s', (_, refunds, words) => {
  const value = aRefundRequest({ reservationId: 'r1' });
  expect(forecast({ topic: 'refund-requests', value }, { ...decided(), refunds }, NOW)).toMatch(words);
});
