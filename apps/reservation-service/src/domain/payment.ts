import { hasLapsed } from './hold.ts';
import { addMs, alreadyApplied, type Reservation, rejected, transition, type Verdict } from './reservation.ts';

/** How long a payment may take, and how it is asked for again. Milliseconds. */
export interface PaymentTimes {
  paymentTimeoutMs: number;
  /** After the deadline, before the first repetition. */
  republishAfterMs: number;
  /** Longest pause between repetitions; each is twice the one before. */
  republishLongestMs: number;
}

export type PaymentRefusal = 'HOLD_EXPIRED' | 'PAYMENT_ALREADY_REQUESTED';

/** The fan pays: from here on the seat stays theirs until the outcome (design §4.2). `key` is their Idempotency-Key. */
export function requestPayment(
  reservation: Reservation,
  key: string,
  times: PaymentTimes,
  now: Date,
): Verdict<PaymentRefusal> {
  if (reservation.paymentKey === key) return alreadyApplied;
  if (reservation.paymentKey !== null) return rejected('PAYMENT_ALREADY_REQUESTED');
  // A hold that lapsed a moment ago may already belong to someone else: never revive it, swept or not.
  if (reservation.status !== 'TEMPORARY_ASSIGNED' || hasLapsed(reservation, now)) return rejected('HOLD_EXPIRED');
  const paymentDeadline = addMs(now, times.paymentTimeoutMs);
  return transition(reservation, 'reservation.payment-pending', {
    status: 'PAYMENT_PENDING',
    paymentKey: key,
    paymentRequestedAt: now,
    paymentDeadline,
    dueAt: addMs(paymentDeadline, times.republishAfterMs),
  });
}

// Enough doublings to pass any sensible bound, few enough to stay a date.
const MAX_DOUBLINGS = 20;

/**
 * A payment without an outcome, past its time: the same request is to be put out again. No transition, so no event; null
 * where it is not due.
 */
export function republishPayment(reservation: Reservation, times: PaymentTimes, now: Date): Reservation | null {
  if (reservation.status !== 'PAYMENT_PENDING' || reservation.dueAt === null || reservation.dueAt > now) return null;
  const pauseMs = times.republishAfterMs * 2 ** Math.min(reservation.republishCount + 1, MAX_DOUBLINGS);
  return {
    ...reservation,
    republishCount: reservation.republishCount + 1,
    dueAt: addMs(now, Math.min(pauseMs, Math.max(times.republishLongestMs, times.republishAfterMs))),
  };
}
