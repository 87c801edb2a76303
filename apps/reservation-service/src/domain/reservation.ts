import type { ReservationStatus, reservationEventTypes } from '@stagedoor/contracts';

/** What is told of a reservation. */
export type ReservationEventType = (typeof reservationEventTypes)[number];

/** Whether the money of a cancelled reservation is on its way back. */
export type RefundState = 'NONE' | 'REQUESTED' | 'DONE';

/** One seat, asked for by one fan: everything that is known of it. Its history is derived from it (history.ts). */
export interface Reservation {
  readonly id: string;
  readonly userId: string;
  readonly scheduleId: number;
  readonly seatNumber: number;
  /** Won, as of the hold. */
  readonly amount: number;
  readonly status: ReservationStatus;
  /** Of its last event: 1 for the hold, one more for each transition. */
  readonly version: number;
  /** Which of the fan's live places in this schedule it takes, from 1; null once it is not live. */
  readonly liveSlot: number | null;
  /** The Idempotency-Key that the fan held with. */
  readonly holdKey: string | null;
  /** The Idempotency-Key that the fan paid with. */
  readonly paymentKey: string | null;
  /** The charge that the decision was taken on. */
  readonly chargeKey: string | null;
  /** The last charge that was given back because it did not fit; it can never confirm this reservation. */
  readonly refusedChargeKey: string | null;
  readonly heldAt: Date;
  readonly holdExpiresAt: Date;
  readonly paymentRequestedAt: Date | null;
  readonly paymentDeadline: Date | null;
  /** When it was confirmed, or ended without that. */
  readonly decidedAt: Date | null;
  /** Why it ended without being confirmed. */
  readonly reason: string | null;
  readonly cancelledAt: Date | null;
  readonly cancelReason: string | null;
  readonly refund: RefundState;
  readonly refundedAt: Date | null;
  /** When it needs looking at although nobody asks: the hold lapses, or the payment is asked for again. */
  readonly dueAt: Date | null;
  readonly republishCount: number;
}

/** A transition happened: it is written, and told as `event`. */
export interface Applied {
  readonly kind: 'applied';
  readonly reservation: Reservation;
  readonly event: ReservationEventType;
}

/** The same was done before; nothing is written. */
export interface AlreadyApplied {
  readonly kind: 'already-applied';
}

/** Not possible in this state; nothing is written. */
export interface Rejected<Reason extends string> {
  readonly kind: 'rejected';
  readonly reason: Reason;
}

export type Verdict<Reason extends string = string> = Applied | AlreadyApplied | Rejected<Reason>;

export const alreadyApplied: AlreadyApplied = { kind: 'already-applied' };

export const rejected = <Reason extends string>(reason: Reason): Rejected<Reason> => ({ kind: 'rejected', reason });

/** The only way to a new version: every transition is one event. */
export function transition(before: Reservation, event: ReservationEventType, changes: Partial<Reservation>): Applied {
  return { kind: 'applied', event, reservation: { ...before, ...changes, version: before.version + 1 } };
}

const LIVE: ReadonlySet<ReservationStatus> = new Set(['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'CONFIRMED']);

/** Whether a reservation of this status has its seat and one of its fan's places. */
export const isLive = (status: ReservationStatus): boolean => LIVE.has(status);

/** What leaving the live ones always takes with it. */
export const released = { liveSlot: null, dueAt: null } as const;

export const addMs = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms);
