import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aHold, at, times } from '../../test/builders.ts';
import { cancel } from './cancellation.ts';
import { asSeenAt, historyOf } from './history.ts';
import { expireHold } from './hold.ts';
import { applyOutcome, type Outcome } from './outcome.ts';
import { republishPayment, requestPayment } from './payment.ts';
import { settleRefund } from './refund.ts';
import { isLive, type Reservation } from './reservation.ts';

const hold = aHold();
const OWN = `charge:${hold.id}`;

type Step =
  | { do: 'pay'; key: string }
  | { do: 'expire' }
  | { do: 'republish' }
  | { do: 'outcome' }
  | { do: 'cancel'; until: Date | null }
  | { do: 'refund'; chargeKey: string; status: 'REFUNDED' | 'VOIDED' };

const steps = fc.array(
  fc.record({
    afterMs: fc.constantFrom(0, 1, 100_000, 299_999, 300_000, 400_000),
    step: fc.oneof<fc.Arbitrary<Step>[]>(
      fc.record({ do: fc.constant('pay' as const), key: fc.constantFrom('k1', 'k2') }),
      fc.constantFrom<Step>({ do: 'expire' }, { do: 'republish' }, { do: 'outcome' }),
      fc.record({ do: fc.constant('cancel' as const), until: fc.constantFrom(null, at(350_000)) }),
      fc.record({
        do: fc.constant('refund' as const),
        chargeKey: fc.constantFrom(OWN, 'foreign'),
        status: fc.constantFrom('REFUNDED' as const, 'VOIDED' as const),
      }),
    ),
  }),
  { minLength: 1, maxLength: 25 },
);

// There is one decision on a reservation, told any number of times (design §4.4).
const decisions: fc.Arbitrary<Outcome> = fc.record({
  outcome: fc.constantFrom('CONFIRMED' as const, 'CONFIRMED' as const, 'PAYMENT_FAILED' as const, 'EXPIRED' as const),
  reason: fc.constantFrom(null, 'DECLINED'),
  chargeKey: fc.constantFrom(OWN, 'foreign'),
  amount: fc.constantFrom(hold.amount, hold.amount, 1),
  userId: fc.constantFrom(hold.userId, hold.userId, 'another'),
});

interface Effect {
  next: Reservation;
  event: string | null;
  refunds: string[];
}

/** What the application does with a verdict. */
function take(before: Reservation, step: Step, decision: Outcome, now: Date): Effect {
  const nothing = { next: before, event: null, refunds: [] };
  if (step.do === 'republish') {
    return { ...nothing, next: republishPayment(before, times, now) ?? before };
  }
  if (step.do === 'outcome') {
    const verdict = applyOutcome(before, decision, now);
    if (verdict.kind === 'charge-refused')
      return { ...nothing, next: verdict.reservation, refunds: [decision.chargeKey] };
    if (verdict.kind !== 'applied') return nothing;
    const refunds = verdict.refund === null ? [] : [decision.chargeKey];
    return { next: verdict.reservation, event: verdict.event, refunds };
  }
  const verdict =
    step.do === 'pay'
      ? requestPayment(before, step.key, times, now)
      : step.do === 'expire'
        ? expireHold(before, now)
        : step.do === 'cancel'
          ? cancel(before, { reason: 'X', until: step.until }, now)
          : settleRefund(before, step, now);
  if (verdict.kind !== 'applied') return nothing;
  const { reservation, event } = verdict;
  const isGivenBack = event === 'reservation.cancelled' && reservation.chargeKey !== null;
  return { next: reservation, event, refunds: isGivenBack ? [reservation.chargeKey as string] : [] };
}

function expectSound(reservation: Reservation): void {
  const { status, liveSlot, dueAt, chargeKey, refund } = reservation;
  expect(liveSlot !== null).toBe(isLive(status));
  expect(dueAt !== null).toBe(status === 'TEMPORARY_ASSIGNED' || status === 'PAYMENT_PENDING');
  expect(refund !== 'NONE').toBe(status === 'CANCELLED');
  if (status === 'CONFIRMED' || status === 'CANCELLED') expect(chargeKey).not.toBeNull();
  const history = historyOf(reservation);
  expect(history.at(-1)?.status).toBe(status);
  expect(history.map(({ at: moment }) => moment.getTime())).toEqual(
    history.map(({ at: moment }) => moment.getTime()).toSorted((a, b) => a - b),
  );
}

const MAY_FOLLOW: Record<string, string[]> = {
  TEMPORARY_ASSIGNED: ['PAYMENT_PENDING', 'EXPIRED'],
  PAYMENT_PENDING: ['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED'],
  CONFIRMED: ['CANCELLED'],
  PAYMENT_FAILED: [],
  EXPIRED: [],
  CANCELLED: [],
};

const EVENT_OF: Record<string, string> = {
  PAYMENT_PENDING: 'reservation.payment-pending',
  CONFIRMED: 'reservation.confirmed',
  PAYMENT_FAILED: 'reservation.payment-failed',
  EXPIRED: 'reservation.expired',
  CANCELLED: 'reservation.cancelled',
};

test('law: whatever comes in whatever order, each transition is one version and one event, and final states absorb', () => {
  fc.assert(
    fc.property(steps, decisions, (sequence, decision) => {
      let now = at(0);
      let reservation: Reservation = hold;
      for (const { afterMs, step } of sequence) {
        now = new Date(now.getTime() + afterMs);
        const before = reservation;
        const { next, event } = take(before, step, decision, now);
        expectSound(next);
        expect(next.version).toBe(before.version + (event === null ? 0 : 1));
        if (next.status !== before.status) {
          expect(MAY_FOLLOW[before.status]).toContain(next.status);
          expect(event).toBe(EVENT_OF[next.status]);
        } else if (event !== null) {
          expect(event).toBe('reservation.refunded');
        }
        const again = take(next, step, decision, now);
        if (step.do !== 'cancel') expect(again.event, 'the same again').toBeNull();
        reservation = next;
      }
    }),
    { numRuns: 2_000 },
  );
});

test('law: a charge that was told as confirmed either pays for the seat or is given back, never both', () => {
  fc.assert(
    fc.property(steps, decisions, (sequence, decision) => {
      let now = at(0);
      let reservation: Reservation = hold;
      const charged = new Set<string>();
      const givenBack: string[] = [];
      for (const { afterMs, step } of sequence) {
        now = new Date(now.getTime() + afterMs);
        if (step.do === 'outcome' && decision.outcome === 'CONFIRMED') charged.add(decision.chargeKey);
        const { next, refunds } = take(reservation, step, decision, now);
        givenBack.push(...refunds);
        reservation = next;
        const kept = reservation.status === 'CONFIRMED' ? [reservation.chargeKey] : [];
        expect([...kept, ...givenBack].toSorted()).toEqual([...charged].toSorted());
      }
    }),
    { numRuns: 2_000 },
  );
});

test('law: a hold whose time is over looks expired before any sweep, and nothing else looks other than it is', () => {
  fc.assert(
    fc.property(steps, decisions, fc.nat(1_000_000), (sequence, decision, lookMs) => {
      let now = at(0);
      let reservation: Reservation = hold;
      for (const { afterMs, step } of sequence) {
        now = new Date(now.getTime() + afterMs);
        reservation = take(reservation, step, decision, now).next;
      }
      const look = new Date(now.getTime() + lookMs);
      const seen = asSeenAt(reservation, look);
      const lapsed = reservation.status === 'TEMPORARY_ASSIGNED' && reservation.holdExpiresAt <= look;
      expect(seen.status).toBe(lapsed ? 'EXPIRED' : reservation.status);
      expect(historyOf(seen).at(-1)?.status).toBe(seen.status);
    }),
  );
});
