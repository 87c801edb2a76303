import type { SystemAccess } from '@stagedoor/testkit';
import { readAt } from '@stagedoor/testkit/invariants/load-databases';

/** What the databases hold at the end, as far as fans were promised anything about it. */
export interface EndState {
  reservations: EndReservation[];
  /** Decisions by reservation. */
  decisions: { reservationId: string; status: string }[];
  /** Top-ups, and how many transfers in the ledger each has. */
  topUps: { userId: string; key: string; amount: number; transfers: number }[];
  /** Refunds that were given, by reservation, and how many transfers in the ledger each has. */
  refunds: { reservationId: string; amount: number; transfers: number }[];
  admissions: { userId: string; scheduleId: number; sequence: number }[];
}

export interface EndReservation {
  id: string;
  userId: string;
  scheduleId: number;
  seatNumber: number;
  amount: number;
  status: string;
  refund: string;
}

/** Reads the four databases of a system at rest. */
export async function readEndState({ databases }: SystemAccess): Promise<EndState> {
  const [reservations, payment, decisions, admissions] = await Promise.all([
    readAt(databases.reservation, (query) =>
      query<EndReservation>(
        `SELECT id, user_id AS userId, schedule_id AS scheduleId, seat_number AS seatNumber, amount, status, refund
         FROM reservations`,
      ),
    ),
    readAt(databases.payment, async (query) => ({
      topUps: await query<EndState['topUps'][number]>(
        `SELECT top_ups.user_id AS userId, idempotency_key AS \`key\`, top_ups.amount, COUNT(transfers.id) AS transfers
         FROM top_ups LEFT JOIN transfers ON kind = 'TOP_UP' AND transfers.user_id = top_ups.user_id
           AND transfers.amount = top_ups.amount AND transfers.reference = top_ups.request_key
         GROUP BY request_key`,
      ),
      refunds: await query<EndState['refunds'][number]>(
        `SELECT reservation_id AS reservationId, refunds.amount, COUNT(transfers.id) AS transfers
         FROM refunds LEFT JOIN transfers ON kind = 'REFUND' AND transfers.user_id = refunds.user_id
           AND transfers.amount = refunds.amount AND transfers.reference = refunds.refund_key
         WHERE status = 'REFUNDED' GROUP BY refund_key`,
      ),
    })),
    readAt(databases.result, (query) =>
      query<EndState['decisions'][number]>('SELECT reservation_id AS reservationId, status FROM decisions'),
    ),
    readAt(databases.queue, (query) =>
      query<EndState['admissions'][number]>(
        'SELECT user_id AS userId, schedule_id AS scheduleId, sequence FROM admissions',
      ),
    ),
  ]);
  return { reservations, ...payment, decisions, admissions };
}
