import { describe, expect, test } from 'vitest';
import { attempt, closeKey, type Payment, type PaymentOrder, receive, settle, type Verdict } from './payment.ts';
import { attemptRefund, type RefundOrder, receiveRefund, settleRefund, termsOf } from './refund.ts';

const now = new Date('2025-11-28T10:00:01.000Z');
const order: RefundOrder = {
  refundKey: 'refund:charge:r1',
  chargeKey: 'charge:r1',
  reservationId: 'r1',
  userId: 'fan-1',
  amount: 150_000,
  reason: 'CANCELLED_BY_FAN',
};
const payment: PaymentOrder = { ...termsOf(order), scheduleId: 1, seatNumber: 42, requestedAt: now, deadline: now };

function attempted() {
  const receipt = receive(payment, undefined, undefined, now);
  if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
  return attempt(receipt.payment, 'wallet', now);
}
const withVerdict = (verdict: Verdict) => settle(attempted(), verdict, now);
const charge = withVerdict({ status: 'SUCCESS', failReason: null, balance: 5 });
const failed = withVerdict({ status: 'FAILED', failReason: 'INSUFFICIENT_BALANCE', balance: 5 });
const refunded = settleRefund(attemptRefund(order, now), 'REFUNDED', 150_005, now);

test('a charge is given back', () => {
  expect(receiveRefund(order, charge, undefined)).toEqual({ kind: 'giveBack', charge });
});

test('a failed charge is void', () => {
  expect(receiveRefund(order, failed, undefined)).toEqual({ kind: 'void', closesKey: false });
});

test('an unknown charge is void, and its key is closed', () => {
  expect(receiveRefund(order, undefined, undefined)).toEqual({ kind: 'void', closesKey: true });
});

test('a charge in doubt is waited for', () => {
  expect(receiveRefund(order, attempted(), undefined).kind).toBe('chargeInDoubt');
});

test.each([charge, { ...charge, claimsReservation: false }, failed, closeKey(termsOf(order), null, now)])(
  'a refund that was done is answered again',
  (known) => {
    expect(receiveRefund(order, known, refunded)).toEqual({ kind: 'repeated', refund: refunded });
  },
);

test('a refund in doubt is asked about', () => {
  const refund = attemptRefund(order, now);
  expect(receiveRefund(order, charge, refund)).toEqual({ kind: 'inDoubt', refund, charge });
});

describe('an order that does not fit its charge', () => {
  const states: [string, Payment][] = [
    ['charged', charge],
    ['failed', failed],
    ['in doubt', attempted()],
  ];
  test.each(states)('is a mismatch when it is %s, also after a refund', (_, known) => {
    for (const change of [{ amount: 1 }, { userId: 'fan-2' }, { reservationId: 'r2' }]) {
      expect(receiveRefund({ ...order, ...change }, known, undefined)).toEqual({ kind: 'mismatch' });
      expect(receiveRefund({ ...order, ...change }, known, refunded)).toEqual({ kind: 'mismatch' });
    }
  });
});
