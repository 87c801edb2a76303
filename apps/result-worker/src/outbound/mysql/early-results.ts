import type { FailReason } from '@stagedoor/contracts';
import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { ChargeResult } from '../../domain/payment.ts';

interface EarlyResultRow {
  reservation_id: string;
  charge_key: string;
  user_id: string;
  status: 'SUCCESS' | 'FAILED';
  fail_reason: FailReason | null;
  amount: number | null;
}

// The column is part of the key, so it is never null; a real key is never empty.
const NOT_SAID = '';

/**
 * The results that wait for their requests, by reservation, in the order they came. Read as locked: what the transaction
 * before committed must be seen, whatever a snapshot of this moment would say.
 */
export async function earlyOf(
  sql: SqlTransaction,
  reservationIds: readonly string[],
): Promise<Map<string, ChargeResult[]>> {
  if (reservationIds.length === 0) return new Map();
  const rows = await sql.query<EarlyResultRow>(
    `SELECT reservation_id, charge_key, user_id, status, fail_reason, amount FROM early_results FORCE INDEX (PRIMARY)
     WHERE reservation_id IN (${inList(reservationIds.length)}) ORDER BY received_at, charge_key FOR UPDATE`,
    [...reservationIds],
  );
  return Map.groupBy(
    rows.map((row) => ({
      reservationId: row.reservation_id,
      userId: row.user_id,
      chargeKey: row.charge_key === NOT_SAID ? null : row.charge_key,
      status: row.status,
      failReason: row.fail_reason,
      amount: row.amount,
    })),
    ({ reservationId }) => reservationId,
  );
}

/** Keeps results; one that is kept under the same key already is replaced. Their reservations' rows are locked. */
export async function addEarly(sql: SqlTransaction, results: readonly ChargeResult[], now: Date): Promise<void> {
  if (results.length === 0) return;
  await sql.execute(
    `INSERT INTO early_results (reservation_id, charge_key, user_id, status, fail_reason, amount, received_at)
     VALUES ${values(results.length, 7)}
     ON DUPLICATE KEY UPDATE user_id = VALUES(user_id), status = VALUES(status), fail_reason = VALUES(fail_reason),
       amount = VALUES(amount), received_at = VALUES(received_at)`,
    results.flatMap(({ reservationId, chargeKey, userId, status, failReason, amount }) => [
      reservationId,
      chargeKey ?? NOT_SAID,
      userId,
      status,
      failReason,
      amount,
      now,
    ]),
  );
}

/**
 * Their requests came, or never will. The rows of `decisions`, which are locked, lead to them: by a list of ids alone the
 * database may read the whole table, and so wait for results that others are keeping.
 */
export async function removeEarly(sql: SqlTransaction, reservationIds: readonly string[]): Promise<void> {
  if (reservationIds.length === 0) return;
  await sql.execute(
    `DELETE early_results
     FROM decisions FORCE INDEX (PRIMARY)
       STRAIGHT_JOIN early_results FORCE INDEX (PRIMARY) ON early_results.reservation_id = decisions.reservation_id
     WHERE decisions.reservation_id IN (${inList(reservationIds.length)})`,
    [...reservationIds],
  );
}
