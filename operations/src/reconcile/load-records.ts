import { chargeKeyOf, refundKeyOf } from '@stagedoor/contracts';
import type { Databases } from './database.ts';
import type { Decision, Order, Payment, Refund, Reservation, ReservationRecord } from './records.ts';

const RESERVATIONS = `
  SELECT id AS reservationId, user_id AS userId, schedule_id AS scheduleId, seat_number AS seatNumber, amount, status,
         refund, charge_key AS chargeKey, payment_requested_at AS paymentRequestedAt, payment_deadline AS paymentDeadline,
         decided_at AS decidedAt, cancelled_at AS cancelledAt
  FROM reservations WHERE id IN (:keys)`;
const DECISIONS = `
  SELECT reservation_id AS reservationId, status, reason, decided_key AS decidedKey, decided_at AS decidedAt,
         user_id AS userId, schedule_id AS scheduleId, seat_number AS seatNumber, amount, charge_key AS chargeKey,
         requested_at AS requestedAt
  FROM decisions WHERE reservation_id IN (:keys)`;
const PAYMENT_COLUMNS = `
  idempotency_key AS chargeKey, reservation_id AS reservationId, user_id AS userId, amount, state, status,
  fail_reason AS failReason, received_at AS receivedAt, settled_at AS settledAt, schedule_id AS scheduleId,
  seat_number AS seatNumber, requested_at AS requestedAt,
  status = 'SUCCESS' AND charged_reservation_id IS NOT NULL AS unrefunded`;
const PAYMENTS_BY_KEY = `SELECT ${PAYMENT_COLUMNS} FROM payments WHERE idempotency_key IN (:keys)`;
const CHARGES = `SELECT ${PAYMENT_COLUMNS} FROM payments WHERE charged_reservation_id IN (:keys)`;
const REFUNDS = `SELECT charge_key AS chargeKey, status FROM refunds WHERE refund_key IN (:keys) AND status IS NOT NULL`;
const WALLETS = 'SELECT user_id AS userId, balance FROM wallets WHERE user_id IN (:keys)';

type OrderColumns = { [Name in keyof Order]: Order[Name] | null };
type DecisionRow = Omit<Decision, 'order'> & OrderColumns & { reservationId: string };
type PaymentRow = Omit<Payment, 'order' | 'unrefunded'> &
  Pick<OrderColumns, 'scheduleId' | 'seatNumber' | 'requestedAt'> & {
    reservationId: string;
    unrefunded: number | null;
  };

/** All that the databases say of these reservations, each found by a key; in the order of the ids. */
export async function loadRecords(databases: Databases, ids: readonly string[]): Promise<ReservationRecord[]> {
  const { reservation, payment, result } = databases;
  const [reservations, decisions, charges] = await Promise.all([
    reservation.byKeys<Reservation & { reservationId: string }>(RESERVATIONS, ids.filter(isAscii)),
    result.byKeys<DecisionRow>(DECISIONS, ids),
    payment.byKeys<PaymentRow>(CHARGES, ids),
  ]);
  const keys = [
    ...ids.map(chargeKeyOf),
    ...reservations.map(({ chargeKey }) => chargeKey),
    ...decisions.map(({ decidedKey }) => decidedKey),
  ].filter((key) => key !== null);
  const named = await payment.byKeys<PaymentRow>(PAYMENTS_BY_KEY, keys);
  const payments = [...new Map([...charges, ...named].map((row) => [row.chargeKey, row])).values()];
  const refunds = await payment.byKeys<Refund>(
    REFUNDS,
    payments.map(({ chargeKey }) => refundKeyOf(chargeKey)),
  );
  const users = [...reservations, ...decisions].map(({ userId }) => userId).filter((userId) => userId !== null);
  const wallets = await payment.byKeys<{ userId: string; balance: number }>(WALLETS, users);

  const reservationOf = new Map(reservations.map((row) => [row.reservationId, row]));
  const decisionOf = new Map(decisions.map((row) => [row.reservationId, row]));
  const paymentsOf = Map.groupBy(payments, (row) => row.reservationId);
  const refundsOf = Map.groupBy(refunds, ({ chargeKey }) => chargeKey);
  const balanceOf = new Map(wallets.map(({ userId, balance }) => [userId, balance]));
  return ids.map((reservationId) => {
    const [own, decided] = [reservationOf.get(reservationId) ?? null, decisionOf.get(reservationId) ?? null];
    const paid = paymentsOf.get(reservationId) ?? [];
    return {
      reservationId,
      reservation: own,
      decision: decided === null ? null : { ...decided, order: orderOf(decided) },
      payments: paid.map((row) => ({ ...row, unrefunded: Boolean(row.unrefunded), order: orderOf(row) })),
      refunds: paid.flatMap(({ chargeKey }) => refundsOf.get(chargeKey) ?? []),
      walletBalance: balanceOf.get(own?.userId ?? decided?.userId ?? '') ?? null,
    };
  });
}

/** Ours are; the column is compared with nothing else. */
const isAscii = (id: string): boolean => /^[!-~]*$/.test(id);

function orderOf(row: OrderColumns): Order | null {
  const { userId, scheduleId, seatNumber, amount, chargeKey, requestedAt } = row;
  return userId === null ||
    scheduleId === null ||
    seatNumber === null ||
    amount === null ||
    chargeKey === null ||
    requestedAt === null
    ? null
    : { userId, scheduleId, seatNumber, amount, chargeKey, requestedAt };
}
