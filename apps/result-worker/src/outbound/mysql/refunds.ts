import { refundKeyOf } from '@stagedoor/contracts';
import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { RefundStore } from '../../application/ports.ts';
import type { Refund, RefundReport } from '../../domain/payment.ts';

/** The charge keys whose refund was asked for here, by reservation; read as locked, as their payments are. */
export async function refundedKeysOf(
  sql: SqlTransaction,
  reservationIds: readonly string[],
): Promise<Map<string, string[]>> {
  if (reservationIds.length === 0) return new Map();
  const rows = await sql.query<{ reservation_id: string; charge_key: string }>(
    `SELECT reservation_id, charge_key FROM refunds FORCE INDEX (refunds_reservation_id_idx)
     WHERE reservation_id IN (${inList(reservationIds.length)}) AND requested_at IS NOT NULL FOR UPDATE`,
    [...reservationIds],
  );
  const keys = new Map<string, string[]>();
  for (const { reservation_id: id, charge_key: key } of rows) keys.set(id, [...(keys.get(id) ?? []), key]);
  return keys;
}

/** Notes refunds that are asked for now. One may be there without having been asked for here: its result stays. */
export async function requestRefunds(
  sql: SqlTransaction,
  refunds: readonly (Refund & { reservationId: string })[],
  now: Date,
): Promise<void> {
  if (refunds.length === 0) return;
  const rows = refunds
    .map((refund) => ({ ...refund, refundKey: refundKeyOf(refund.chargeKey) }))
    .toSorted((one, other) => (one.refundKey < other.refundKey ? -1 : 1));
  await sql.execute(
    `INSERT INTO refunds (refund_key, charge_key, reservation_id, user_id, amount, reason, status, requested_at)
     VALUES ${values(rows.length, 8)}
     ON DUPLICATE KEY UPDATE amount = VALUES(amount), reason = VALUES(reason), requested_at = VALUES(requested_at)`,
    rows.flatMap(({ refundKey, chargeKey, reservationId, userId, amount, reason }) => [
      refundKey,
      chargeKey,
      reservationId,
      userId,
      amount,
      reason,
      'REQUESTED',
      now,
    ]),
  );
}

/** What became of refunds, in the table `refunds`. */
export class MysqlRefunds implements RefundStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async report(reports: readonly RefundReport[]): Promise<void> {
    if (reports.length === 0) return;
    const rows = reports.toSorted((one, other) => (one.refundKey < other.refundKey ? -1 : 1));
    await this.#sql.execute(
      `INSERT INTO refunds (refund_key, charge_key, reservation_id, user_id, status, processed_at)
       VALUES ${values(rows.length, 6)}
       ON DUPLICATE KEY UPDATE processed_at = COALESCE(processed_at, VALUES(processed_at)),
         status = IF(status = 'REQUESTED', VALUES(status), status)`,
      rows.flatMap(({ refundKey, chargeKey, reservationId, userId, status, processedAt }) => [
        refundKey,
        chargeKey,
        reservationId,
        userId,
        status,
        processedAt,
      ]),
    );
  }
}
