import type { ChargeResult, Decision, Outcome, Payment, PaymentOrder } from '../../domain/payment.ts';

/** What is read of a row of `decisions`. */
export interface DecisionRow {
  reservation_id: string;
  status: 'AWAITING_REQUEST' | 'PENDING' | Outcome;
  user_id: string | null;
  schedule_id: number | null;
  seat_number: number | null;
  amount: number | null;
  charge_key: string | null;
  requested_at: Date | null;
  deadline: Date | null;
  reason: string | null;
  decided_key: string | null;
  decided_at: Date | null;
  refunds_asked: number;
}

export const DECISION_COLUMNS =
  'reservation_id, status, user_id, schedule_id, seat_number, amount, charge_key, requested_at, deadline, reason, ' +
  'decided_key, decided_at, refunds_asked';

/** What is written when the request of a reservation comes after its results. */
export const FILLED_COLUMNS = [
  'reservation_id',
  'status',
  'user_id',
  'schedule_id',
  'seat_number',
  'amount',
  'charge_key',
  'requested_at',
  'deadline',
  'reason',
  'decided_key',
  'decided_at',
  'refunds_asked',
  'due_at',
  'created_at',
];

/** The values of FILLED_COLUMNS. */
export function filledRow(
  { order, decision }: Payment,
  refundsAsked: number,
  endOfKeeping: (from: Date) => Date,
  now: Date,
): unknown[] {
  if (order === null) throw new Error('a row is filled from its request');
  return [
    order.reservationId,
    decision?.outcome ?? 'PENDING',
    order.userId,
    order.scheduleId,
    order.seatNumber,
    order.amount,
    order.chargeKey,
    order.requestedAt,
    order.deadline,
    decision?.reason ?? null,
    decision?.chargeKey ?? null,
    decision?.decidedAt ?? null,
    refundsAsked,
    decision === null ? order.deadline : endOfKeeping(decision.decidedAt),
    now,
  ];
}

/** A row, with what hangs on it, as the domain sees it. */
export function paymentOf(row: DecisionRow, kept: readonly ChargeResult[], refunded: ReadonlySet<string>): Payment {
  return { reservationId: row.reservation_id, order: orderOf(row), decision: decisionOf(row), kept, refunded };
}

// What the status says is there; the columns are null together.
function orderOf(row: DecisionRow): PaymentOrder | null {
  if (row.status === 'AWAITING_REQUEST') return null;
  return {
    reservationId: row.reservation_id,
    userId: row.user_id as string,
    scheduleId: row.schedule_id as number,
    seatNumber: row.seat_number as number,
    amount: row.amount as number,
    chargeKey: row.charge_key as string,
    requestedAt: row.requested_at as Date,
    deadline: row.deadline as Date,
  };
}

function decisionOf(row: DecisionRow): Decision | null {
  if (row.status === 'AWAITING_REQUEST' || row.status === 'PENDING') return null;
  return {
    outcome: row.status,
    reason: row.reason,
    chargeKey: row.decided_key as string,
    decidedAt: row.decided_at as Date,
  };
}
