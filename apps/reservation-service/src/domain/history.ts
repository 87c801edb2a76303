import type { ReservationStatus } from '@stagedoor/contracts';
import { hasLapsed } from './hold.ts';
import type { Reservation } from './reservation.ts';

/** One stage of a reservation's life. */
export interface Stage {
  status: ReservationStatus;
  at: Date;
  reason: string | null;
}

/** The stages that a reservation has passed, oldest first: derived from its timestamps, as it passes each at most once. */
export function historyOf(reservation: Reservation): Stage[] {
  const { heldAt, paymentRequestedAt, decidedAt, cancelledAt } = reservation;
  const stages: Stage[] = [{ status: 'TEMPORARY_ASSIGNED', at: heldAt, reason: null }];
  if (paymentRequestedAt !== null) stages.push({ status: 'PAYMENT_PENDING', at: paymentRequestedAt, reason: null });
  if (decidedAt !== null) {
    const status = reservation.status === 'CANCELLED' ? 'CONFIRMED' : reservation.status;
    stages.push({ status, at: decidedAt, reason: reservation.reason });
  }
  if (cancelledAt !== null) stages.push({ status: 'CANCELLED', at: cancelledAt, reason: reservation.cancelReason });
  return stages;
}

/** A reservation as its fan may see it: a hold whose time is over has expired, whether the sweeper came by or not. */
export function asSeenAt(reservation: Reservation, now: Date): Reservation {
  if (!hasLapsed(reservation, now)) return reservation;
  return { ...reservation, status: 'EXPIRED', decidedAt: reservation.holdExpiresAt, reason: 'HOLD_LAPSED' };
}
