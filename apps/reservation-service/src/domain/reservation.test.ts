import { describe, expect, test } from 'vitest';
import { aHold, at, HOLD_TTL_MS, times } from '../../test/builders.ts';
import { cancel } from './cancellation.ts';
import { expireHold } from './hold.ts';
import { applyOutcome, type Outcome } from './outcome.ts';
import { republishPayment, requestPayment } from './payment.ts';
import { settleRefund } from './refund.ts';
import type { Reservation, Verdict } from './reservation.ts';

function after(verdict: Verdict | ReturnType<typeof applyOutcome>): Reservation {
  if (verdict.kind !== 'applied') throw new Error(`not applied: ${JSON.stringify(verdict)}`);
  return verdict.reservation;
}

const hold = aHold();
const pending = after(requestPayment(hold, 'key', times, at(1_000)));
const outcomeOf = (given: Partial<Outcome> = {}): Outcome => ({
  outcome: 'CONFIRMED',
  reason: null,
  chargeKey: `charge:${hold.id}`,
  amount: hold.amount,
  userId: hold.userId,
  ...given,
});
const confirmed = after(applyOutcome(pending, outcomeOf(), at(2_000)));
const failed = after(
  applyOutcome(pending, outcomeOf({ outcome: 'PAYMENT_FAILED', reason: 'INSUFFICIENT_BALANCE' }), at(2_000)),
);
const expired = after(expireHold(hold, at(HOLD_TTL_MS)));
const unpaid = after(applyOutcome(pending, outcomeOf({ outcome: 'EXPIRED', reason: 'NO_RESULT' }), at(2_000)));
const cancelled = after(cancel(confirmed, { reason: 'CANCELLED_BY_FAN', until: null }, at(3_000)));
const refunded = after(settleRefund(cancelled, { chargeKey: `charge:${hold.id}`, status: 'REFUNDED' }, at(4_000)));

describe('a hold', () => {
  test('lapses at its time, to the millisecond', () => {
    expect(expireHold(hold, at(HOLD_TTL_MS - 1))).toEqual({ kind: 'rejected', reason: 'HOLD_ALIVE' });
    expect(expired).toMatchObject({
      status: 'EXPIRED',
      reason: 'HOLD_LAPSED',
      liveSlot: null,
      dueAt: null,
      version: 2,
    });
    expect(expireHold(expired, at(HOLD_TTL_MS))).toEqual({ kind: 'already-applied' });
    expect(expireHold(pending, at(HOLD_TTL_MS))).toEqual({ kind: 'rejected', reason: 'NOT_HELD' });
  });
});

describe('paying', () => {
  test('makes it pending until a deadline, and due for a repetition after that', () => {
    expect(pending).toMatchObject({
      status: 'PAYMENT_PENDING',
      version: 2,
      paymentKey: 'key',
      paymentRequestedAt: at(1_000),
      paymentDeadline: at(301_000),
      dueAt: at(361_000),
      liveSlot: 1,
    });
  });

  test.each([
    ['pending', pending],
    ['confirmed', confirmed],
    ['failed', failed],
    ['expired without a result', unpaid],
    ['cancelled', cancelled],
  ])('again is the same with the same key, refused with another: %s', (_, reservation) => {
    expect(requestPayment(reservation, 'key', times, at(5_000))).toEqual({ kind: 'already-applied' });
    expect(requestPayment(reservation, 'other', times, at(5_000))).toEqual({
      kind: 'rejected',
      reason: 'PAYMENT_ALREADY_REQUESTED',
    });
  });

  test('a lapsed hold is refused, swept or not', () => {
    const refusal = { kind: 'rejected', reason: 'HOLD_EXPIRED' };
    expect(requestPayment(hold, 'key', times, at(HOLD_TTL_MS))).toEqual(refusal);
    expect(requestPayment(expired, 'key', times, at(0))).toEqual(refusal);
    expect(requestPayment(hold, 'key', times, at(HOLD_TTL_MS - 1)).kind).toBe('applied');
  });

  test('is asked for again after its deadline, twice as long each time up to a bound; the request stays the same', () => {
    expect(republishPayment(pending, times, at(360_999))).toBeNull();
    const pauses: number[] = [];
    let reservation = pending;
    for (let repetition = 0; repetition < 8; repetition++) {
      const now = reservation.dueAt as Date;
      const again = republishPayment(reservation, times, now) as Reservation;
      expect({ ...again, dueAt: null, republishCount: 0 }).toEqual({ ...pending, dueAt: null });
      pauses.push((again.dueAt as Date).getTime() - now.getTime());
      reservation = again;
    }
    expect(pauses.map((ms) => ms / 60_000)).toEqual([2, 4, 8, 16, 30, 30, 30, 30]);
    expect(republishPayment(confirmed, times, at(1e9))).toBeNull();
  });
});

describe('an outcome', () => {
  test('confirms, fails or expires what is pending', () => {
    expect(confirmed).toMatchObject({ status: 'CONFIRMED', version: 3, liveSlot: 1, dueAt: null, reason: null });
    expect(failed).toMatchObject({ status: 'PAYMENT_FAILED', reason: 'INSUFFICIENT_BALANCE', liveSlot: null });
    expect(unpaid).toMatchObject({ status: 'EXPIRED', reason: 'NO_RESULT', liveSlot: null, dueAt: null });
  });

  test('confirms under a foreign key as well, and remembers it', () => {
    expect(after(applyOutcome(pending, outcomeOf({ chargeKey: 'foreign' }), at(2_000))).chargeKey).toBe('foreign');
  });

  test.each([
    ['another amount', { amount: 1 }, 'AMOUNT_MISMATCH'],
    ["somebody else's money", { userId: 'another' }, 'USER_MISMATCH'],
  ])('that does not fit ends the pending payment and gives the charge back: %s', (_, given, why) => {
    const verdict = applyOutcome(pending, outcomeOf(given), at(2_000));
    expect(verdict).toMatchObject({ kind: 'applied', refund: why, event: 'reservation.payment-failed' });
    expect(after(verdict)).toMatchObject({ status: 'PAYMENT_FAILED', reason: why, liveSlot: null, chargeKey: null });
    expect(applyOutcome(after(verdict), outcomeOf(given), at(3_000))).toEqual({ kind: 'already-applied' });
  });

  test.each([
    ['a hold', hold, outcomeOf(), 'NOT_PENDING'],
    ['a lapsed hold', expired, outcomeOf(), 'NOT_CONFIRMED'],
    ['a failed payment', failed, outcomeOf(), 'NOT_CONFIRMED'],
    ['one confirmed by another charge', confirmed, outcomeOf({ chargeKey: 'second' }), 'OTHER_CHARGE'],
    ['one cancelled that had another charge', cancelled, outcomeOf({ chargeKey: 'second' }), 'OTHER_CHARGE'],
  ])('that confirms %s is given back once, and changes nothing else', (_, reservation, outcome, why) => {
    const verdict = applyOutcome(reservation, outcome, at(5_000));
    if (verdict.kind !== 'charge-refused') throw new Error(verdict.kind);
    expect(verdict.why).toBe(why);
    expect(verdict.reservation).toEqual({ ...reservation, refusedChargeKey: outcome.chargeKey });
    expect(applyOutcome(verdict.reservation, outcome, at(6_000))).toEqual({ kind: 'already-applied' });
  });

  test('a hold whose foreign charge went back is not confirmed by it once the fan pays', () => {
    const refused = applyOutcome(hold, outcomeOf(), at(500));
    if (refused.kind !== 'charge-refused') throw new Error(refused.kind);
    const paid = after(requestPayment(refused.reservation, 'key', times, at(1_000)));
    const verdict = applyOutcome(paid, outcomeOf(), at(2_000));
    expect(verdict).toMatchObject({ kind: 'applied', refund: null });
    expect(after(verdict)).toMatchObject({ status: 'PAYMENT_FAILED', reason: 'CHARGE_REFUNDED' });
  });

  test.each(['PAYMENT_FAILED', 'EXPIRED'] as const)(
    '%s leaves a hold to its fan, and what has ended as it is',
    (given) => {
      const outcome = outcomeOf({ outcome: given, reason: 'DECLINED' });
      expect(applyOutcome(hold, outcome, at(500))).toEqual({ kind: 'rejected', reason: 'NOT_PENDING' });
      for (const ended of [failed, expired, unpaid]) {
        expect(applyOutcome(ended, outcome, at(5_000))).toEqual({ kind: 'already-applied' });
      }
      for (const paid of [confirmed, cancelled]) {
        expect(applyOutcome(paid, outcome, at(5_000))).toEqual({ kind: 'rejected', reason: 'CONFIRMED_BEFORE' });
      }
    },
  );

  test('that comes again changes nothing', () => {
    expect(applyOutcome(confirmed, outcomeOf(), at(9_000))).toEqual({ kind: 'already-applied' });
    expect(applyOutcome(cancelled, outcomeOf(), at(9_000))).toEqual({ kind: 'already-applied' });
  });
});

describe('cancelling', () => {
  const byFan = { reason: 'CANCELLED_BY_FAN', until: null };

  test('lets a hold go, lapsed or not', () => {
    expect(after(cancel(hold, byFan, at(1)))).toMatchObject({ status: 'EXPIRED', reason: 'RELEASED', liveSlot: null });
    expect(after(cancel(hold, byFan, at(HOLD_TTL_MS)))).toMatchObject({ status: 'EXPIRED', reason: 'HOLD_LAPSED' });
    expect(cancel(expired, byFan, at(HOLD_TTL_MS))).toEqual({ kind: 'already-applied' });
  });

  test('gives a confirmed seat back and asks for the money', () => {
    expect(cancelled).toMatchObject({
      status: 'CANCELLED',
      refund: 'REQUESTED',
      cancelReason: 'CANCELLED_BY_FAN',
      liveSlot: null,
      decidedAt: at(2_000),
    });
    expect(cancel(cancelled, byFan, at(9_000))).toEqual({ kind: 'already-applied' });
  });

  test('is refused while a payment is under way, after it failed, and after the last moment for it', () => {
    expect(cancel(pending, byFan, at(1))).toEqual({ kind: 'rejected', reason: 'PAYMENT_IN_PROGRESS' });
    for (const ended of [failed, unpaid]) {
      expect(cancel(ended, byFan, at(1))).toEqual({ kind: 'rejected', reason: 'NOT_CANCELLABLE' });
    }
    const until = { reason: 'CANCELLED_BY_FAN', until: at(5_000) };
    expect(cancel(confirmed, until, at(5_001))).toEqual({ kind: 'rejected', reason: 'NOT_CANCELLABLE' });
    expect(cancel(confirmed, until, at(5_000)).kind).toBe('applied');
    expect(cancel(hold, until, at(5_001)).kind).toBe('applied');
  });
});

describe("a refund's result", () => {
  const result = { chargeKey: `charge:${hold.id}`, status: 'REFUNDED' } as const;

  test('closes a cancellation, once', () => {
    expect(refunded).toMatchObject({ status: 'CANCELLED', refund: 'DONE', refundedAt: at(4_000), version: 5 });
    expect(settleRefund(refunded, result, at(9_000))).toEqual({ kind: 'already-applied' });
  });

  test('of anything else is none of its business', () => {
    expect(settleRefund(confirmed, { ...result, chargeKey: 'second' }, at(1))).toEqual({
      kind: 'rejected',
      reason: 'NOT_CANCELLED',
    });
    expect(settleRefund(cancelled, { ...result, chargeKey: 'second' }, at(1))).toEqual({
      kind: 'rejected',
      reason: 'OTHER_CHARGE',
    });
  });

  test('of the charge that a confirmed reservation stands on contradicts it, and changes nothing', () => {
    expect(settleRefund(confirmed, result, at(1))).toEqual({ kind: 'rejected', reason: 'STILL_CONFIRMED' });
  });

  test('"there was no charge" contradicts a confirmation, and does not close it', () => {
    expect(settleRefund(cancelled, { ...result, status: 'VOIDED' }, at(1))).toEqual({
      kind: 'rejected',
      reason: 'VOIDED',
    });
  });
});
