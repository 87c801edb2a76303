import {
  type Applied,
  addMs,
  alreadyApplied,
  type Reservation,
  rejected,
  released,
  transition,
  type Verdict,
} from './reservation.ts';

/** What is needed for a hold, once it is known that there is a seat and a place for it. */
export interface NewHold {
  id: string;
  userId: string;
  scheduleId: number;
  seatNumber: number;
  /** Won. */
  amount: number;
  liveSlot: number;
  holdKey: string | null;
  holdTtlMs: number;
}

/** A seat is held: version 1 of a reservation. */
export function holdSeat(hold: NewHold, now: Date): Applied {
  const { holdTtlMs, ...asked } = hold;
  const holdExpiresAt = addMs(now, holdTtlMs);
  const reservation: Reservation = {
    ...asked,
    status: 'TEMPORARY_ASSIGNED',
    version: 1,
    paymentKey: null,
    chargeKey: null,
    refusedChargeKey: null,
    heldAt: now,
    holdExpiresAt,
    paymentRequestedAt: null,
    paymentDeadline: null,
    decidedAt: null,
    reason: null,
    cancelledAt: null,
    cancelReason: null,
    refund: 'NONE',
    refundedAt: null,
    dueAt: holdExpiresAt,
    republishCount: 0,
  };
  return { kind: 'applied', event: 'reservation.held', reservation };
}

type Holding = Pick<Reservation, 'status' | 'holdExpiresAt'>;

/** Whether a hold's time is over, swept or not: such a seat is free for the next fan (design §4.1). */
export const hasLapsed = ({ status, holdExpiresAt }: Holding, now: Date): boolean =>
  status === 'TEMPORARY_ASSIGNED' && holdExpiresAt <= now;

/** Ends a hold whose time is over. */
export function expireHold(reservation: Reservation, now: Date): Verdict<'HOLD_ALIVE' | 'NOT_HELD'> {
  if (reservation.status === 'EXPIRED') return alreadyApplied;
  if (reservation.status !== 'TEMPORARY_ASSIGNED') return rejected('NOT_HELD');
  if (!hasLapsed(reservation, now)) return rejected('HOLD_ALIVE');
  return endHold(reservation, 'HOLD_LAPSED', now);
}

/** Ends a hold before its time, or after it: `EXPIRED` either way (design §4). */
export function endHold(reservation: Reservation, reason: string, now: Date): Applied {
  return transition(reservation, 'reservation.expired', { ...released, status: 'EXPIRED', decidedAt: now, reason });
}
