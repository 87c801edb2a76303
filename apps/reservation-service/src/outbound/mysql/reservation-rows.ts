import type { ReservationStatus } from '@stagedoor/contracts';
import type { RefundState, Reservation } from '../../domain/reservation.ts';

/** Where each field of a reservation is stored. */
export const columns = {
  id: 'id',
  userId: 'user_id',
  scheduleId: 'schedule_id',
  seatNumber: 'seat_number',
  amount: 'amount',
  status: 'status',
  version: 'version',
  liveSlot: 'live_slot',
  holdKey: 'hold_key',
  paymentKey: 'payment_key',
  chargeKey: 'charge_key',
  refusedChargeKey: 'refused_charge_key',
  heldAt: 'held_at',
  holdExpiresAt: 'hold_expires_at',
  paymentRequestedAt: 'payment_requested_at',
  paymentDeadline: 'payment_deadline',
  decidedAt: 'decided_at',
  reason: 'reason',
  cancelledAt: 'cancelled_at',
  cancelReason: 'cancel_reason',
  refund: 'refund',
  refundedAt: 'refunded_at',
  dueAt: 'due_at',
  republishCount: 'republish_count',
} as const satisfies Record<keyof Reservation, string>;

export type Field = keyof typeof columns;

export const fields = Object.keys(columns) as Field[];

/** `id, user_id AS userId, …`: rows come back as reservations. */
export const selected = fields
  .map((field) => (field === columns[field] ? field : `${columns[field]} AS ${field}`))
  .join(', ');

/** A row as it is read, by this service's own SQL or by the typed client (which reads money as bigint). */
export type ReservationRow = Omit<Reservation, 'amount' | 'status' | 'refund'> & {
  amount: number | bigint;
  status: string;
  refund: string;
};

export function toReservation(row: ReservationRow): Reservation {
  return {
    ...row,
    amount: Number(row.amount),
    status: row.status as ReservationStatus,
    refund: row.refund as RefundState,
  };
}
