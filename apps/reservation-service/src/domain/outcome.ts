import type { ReservationOutcome } from '@stagedoor/contracts';
import {
  type AlreadyApplied,
  type Applied,
  alreadyApplied,
  type Rejected,
  type Reservation,
  rejected,
  released,
  transition,
} from './reservation.ts';

/** What a decision on a payment says, as far as it concerns a reservation that is known. */
export type Outcome = Pick<ReservationOutcome, 'outcome' | 'reason' | 'chargeKey' | 'amount' | 'userId'>;

/** Why a charge is given back. */
export type Misfit = 'AMOUNT_MISMATCH' | 'USER_MISMATCH' | 'NOT_PENDING' | 'OTHER_CHARGE' | 'NOT_CONFIRMED';

/** The charge behind an outcome goes back. The reservation stays as it is but remembers the charge; no event. */
export interface ChargeRefused {
  readonly kind: 'charge-refused';
  readonly reservation: Reservation;
  readonly why: Misfit;
}

/** As Applied; `refund` says that the charge behind the outcome goes back in the same transaction. */
export interface OutcomeApplied extends Applied {
  readonly refund: Misfit | null;
}

export type OutcomeVerdict =
  | OutcomeApplied
  | ChargeRefused
  | AlreadyApplied
  | Rejected<'NOT_PENDING' | 'CONFIRMED_BEFORE'>;

/**
 * What an outcome does to a reservation (design §4.6). Only the reservation's own state decides, so outcomes may be late,
 * doubled and out of order. A confirmation that does not fit never takes effect: its charge is given back, once.
 */
export function applyOutcome(reservation: Reservation, outcome: Outcome, now: Date): OutcomeVerdict {
  return outcome.outcome === 'CONFIRMED'
    ? confirm(reservation, outcome, now)
    : endUnpaid(reservation, outcome.outcome, outcome, now);
}

function confirm(reservation: Reservation, outcome: Outcome, now: Date): OutcomeVerdict {
  const { status, chargeKey } = reservation;
  const isPaid = status === 'CONFIRMED' || status === 'CANCELLED';
  if (isPaid && chargeKey === outcome.chargeKey) return alreadyApplied;
  const refusedBefore = reservation.refusedChargeKey === outcome.chargeKey;
  if (status === 'PAYMENT_PENDING') {
    // The decision is taken and will not be taken again: what it cannot confirm must end, or it would hang for ever.
    if (refusedBefore) return fail(reservation, 'CHARGE_REFUNDED', outcome, now, null);
    const misfit = misfitOf(reservation, outcome);
    if (misfit !== null) return fail(reservation, misfit, outcome, now, misfit);
    const applied = transition(reservation, 'reservation.confirmed', {
      status: 'CONFIRMED',
      chargeKey: outcome.chargeKey,
      decidedAt: now,
      dueAt: null,
    });
    return { ...applied, refund: null };
  }
  if (refusedBefore) return alreadyApplied;
  const why = isPaid ? 'OTHER_CHARGE' : status === 'TEMPORARY_ASSIGNED' ? 'NOT_PENDING' : 'NOT_CONFIRMED';
  return { kind: 'charge-refused', why, reservation: { ...reservation, refusedChargeKey: outcome.chargeKey } };
}

function misfitOf(reservation: Reservation, outcome: Outcome): Misfit | null {
  if (outcome.amount !== reservation.amount) return 'AMOUNT_MISMATCH';
  // Somebody else's wallet paid for this fan's seat: give it back.
  if (outcome.userId !== reservation.userId) return 'USER_MISMATCH';
  return null;
}

function fail(
  reservation: Reservation,
  reason: string,
  outcome: Outcome,
  now: Date,
  refund: Misfit | null,
): OutcomeApplied {
  const applied = transition(reservation, 'reservation.payment-failed', {
    ...released,
    status: 'PAYMENT_FAILED',
    decidedAt: now,
    reason,
    refusedChargeKey: outcome.chargeKey,
  });
  return { ...applied, refund };
}

function endUnpaid(
  reservation: Reservation,
  status: 'PAYMENT_FAILED' | 'EXPIRED',
  outcome: Outcome,
  now: Date,
): OutcomeVerdict {
  switch (reservation.status) {
    case 'PAYMENT_PENDING': {
      const applied = transition(
        reservation,
        status === 'EXPIRED' ? 'reservation.expired' : 'reservation.payment-failed',
        { ...released, status, decidedAt: now, reason: outcome.reason ?? status, chargeKey: outcome.chargeKey },
      );
      return { ...applied, refund: null };
    }
    // A decision on a payment that this fan did not ask for (a foreign producer's). The hold stays theirs; once they pay,
    // result-worker answers their request with this same decision, and it ends then.
    case 'TEMPORARY_ASSIGNED':
      return rejected('NOT_PENDING');
    case 'CONFIRMED':
    case 'CANCELLED':
      return rejected('CONFIRMED_BEFORE');
    case 'PAYMENT_FAILED':
    case 'EXPIRED':
      return alreadyApplied;
  }
}
