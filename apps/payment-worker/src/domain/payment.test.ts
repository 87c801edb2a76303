import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attempt,
  closeKey,
  type Payment,
  type PaymentOrder,
  type ReceivedPayment,
  receive,
  refuse,
  settle,
  type Verdict,
} from './payment.ts';

const deadline = new Date('2025-11-28T10:05:00.000Z');
const inTime = new Date('2025-11-28T10:00:01.000Z');
const late = new Date(deadline.getTime() + 1);
const order: PaymentOrder = {
  idempotencyKey: 'charge:r1',
  reservationId: 'r1',
  userId: 'fan-1',
  amount: 150_000,
  scheduleId: 1,
  seatNumber: 42,
  requestedAt: new Date('2025-11-28T10:00:00.000Z'),
  deadline,
};
const success: Verdict = { status: 'SUCCESS', failReason: null, balance: 350_000 };
const poor: Verdict = { status: 'FAILED', failReason: 'INSUFFICIENT_BALANCE', balance: 10 };

function accepted(of: PaymentOrder = order): ReceivedPayment {
  const receipt = receive(of, undefined, undefined, inTime);
  if (receipt.kind !== 'accepted') throw new Error(receipt.kind);
  return receipt.payment;
}
const charged = (of: PaymentOrder = order) => settle(attempt(accepted(of), 'wallet', inTime), success, inTime);

describe('an unknown key', () => {
  test('is accepted up to and including its deadline', () => {
    expect(receive(order, undefined, undefined, deadline).kind).toBe('accepted');
    expect(receive(order, undefined, undefined, late)).toMatchObject({ kind: 'refused', reason: 'DEADLINE_EXCEEDED' });
  });

  test('of a reservation that another key has charged is refused', () => {
    const other = charged({ ...order, idempotencyKey: 'other' });
    expect(receive(order, undefined, other, inTime)).toMatchObject({ kind: 'refused', reason: 'ALREADY_CHARGED' });
  });

  test('of a reservation that another key may have charged waits', () => {
    const other = attempt(accepted({ ...order, idempotencyKey: 'other' }), 'wallet', inTime);
    expect(receive(order, undefined, other, inTime)).toEqual({ kind: 'blocked', by: 'other' });
  });
});

describe('a known key', () => {
  test.each([
    ['a success', charged()],
    ['a failure', settle(attempt(accepted(), 'wallet', inTime), poor, inTime)],
    ['a refunded charge', { ...charged(), claimsReservation: false }],
    ['a refusal', refuse(accepted(), 'DEADLINE_EXCEEDED', 5, late)],
    ['a closed key', closeKey(order, null, inTime)],
  ])('with %s is answered as before, in time or late', (_, payment) => {
    expect(receive(order, payment, undefined, inTime)).toEqual({ kind: 'repeated', payment });
    expect(receive(order, payment, undefined, late)).toEqual({ kind: 'repeated', payment });
  });

  test('in doubt is asked about, however late', () => {
    const payment = attempt(accepted(), 'wallet', inTime);
    expect(receive(order, payment, payment, late)).toEqual({ kind: 'inDoubt', payment });
  });

  test.each([{ amount: 1 }, { userId: 'fan-2' }, { reservationId: 'r2' }])(
    'with other terms (%o) is a conflict',
    (change) => {
      expect(receive({ ...order, ...change }, charged(), undefined, inTime)).toEqual({ kind: 'conflict' });
    },
  );

  test('may name another seat or time: they are no terms of the charge', () => {
    const again = { ...order, seatNumber: 7, requestedAt: late };
    expect(receive(again, charged(), undefined, inTime).kind).toBe('repeated');
  });
});

test('a payment claims its reservation from the attempt until it fails', () => {
  expect(accepted().claimsReservation).toBe(false);
  expect(attempt(accepted(), 'wallet', inTime).claimsReservation).toBe(true);
  expect(charged().claimsReservation).toBe(true);
  expect(settle(attempt(accepted(), 'wallet', inTime), poor, inTime).claimsReservation).toBe(false);
});

test('law: whatever the clock and the rest say, a known key is never accepted again', () => {
  const known: fc.Arbitrary<Payment> = fc.constantFrom(
    charged(),
    attempt(accepted(), 'wallet', inTime),
    settle(attempt(accepted(), 'wallet', inTime), poor, inTime),
    closeKey(order, 1, inTime),
  );
  const orders = fc.record({
    amount: fc.constantFrom(order.amount, 1),
    userId: fc.constantFrom(order.userId, 'fan-2'),
    reservationId: fc.constantFrom(order.reservationId, 'r2'),
  });
  fc.assert(
    fc.property(
      known,
      orders,
      fc.option(known, { nil: undefined }),
      fc.date({ noInvalidDate: true }),
      (payment, terms, holder, now) => {
        const receipt = receive({ ...order, ...terms }, payment, holder, now);
        expect(['repeated', 'conflict', 'inDoubt']).toContain(receipt.kind);
      },
    ),
  );
});
