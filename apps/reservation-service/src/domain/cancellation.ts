import { endHold, hasLapsed } from './hold.ts';
import { alreadyApplied, type Reservation, rejected, released, transition, type Verdict } from './reservation.ts';

/** Who cancels: the fan is bound to the schedule's `cancellableUntil`, the box office and a cancelled show are not. */
export interface Cancellation {
  /** Code or words: in the reservation, its event and its refund. */
  reason: string;
  /** Null: at any time. */
  until: Date | null;
}

export type CancellationRefusal = 'PAYMENT_IN_PROGRESS' | 'NOT_CANCELLABLE';

/**
 * Lets go of a hold, or gives a confirmed seat back (design §4.7); the charge of a reservation that this turns into
 * `CANCELLED` is to be refunded in the same transaction.
 */
export function cancel(
  reservation: Reservation,
  { reason, until }: Cancellation,
  now: Date,
): Verdict<CancellationRefusal> {
  switch (reservation.status) {
    case 'TEMPORARY_ASSIGNED':
      return endHold(reservation, hasLapsed(reservation, now) ? 'HOLD_LAPSED' : 'RELEASED', now);
    case 'PAYMENT_PENDING':
      return rejected('PAYMENT_IN_PROGRESS');
    case 'CONFIRMED':
      if (until !== null && now > until) return rejected('NOT_CANCELLABLE');
      return transition(reservation, 'reservation.cancelled', {
        ...released,
        status: 'CANCELLED',
        cancelledAt: now,
        cancelReason: reason,
        refund: 'REQUESTED',
      });
    case 'CANCELLED':
      return alreadyApplied;
    case 'EXPIRED':
      // A hold that was let go, or lapsed: asking again changes nothing. One that was being paid was no hold any more.
      return reservation.paymentKey === null ? alreadyApplied : rejected('NOT_CANCELLABLE');
    case 'PAYMENT_FAILED':
      return rejected('NOT_CANCELLABLE');
  }
}
