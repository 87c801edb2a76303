import { inList, type SqlTransaction, type UnitOfWork } from '@stagedoor/platform';
import type { DueFinder, GaugeReader, Pruner, ResultGauges } from '../../application/ports.ts';
import { removeEarly } from './early-results.ts';

/** Finds overdue payments by the index on status and due_at. */
export const mysqlDueFinder = (sql: UnitOfWork<SqlTransaction>): DueFinder => ({
  overdue: (before, limit) =>
    sql.run(async (tx) => {
      const rows = await tx.query<{ reservation_id: string }>(
        `SELECT reservation_id FROM decisions WHERE status = 'PENDING' AND due_at < ? ORDER BY due_at LIMIT ?`,
        [before, limit],
      );
      return rows.map((row) => row.reservation_id);
    }),
});

const DECIDED = ['AWAITING_REQUEST', 'CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED'];

/** Deletes by primary key, so that nobody waits for an index range. */
export const mysqlPruner = (sql: UnitOfWork<SqlTransaction>): Pruner => ({
  pruneDecisions: (now, limit) =>
    sql.run(async (tx) => {
      let pruned = 0;
      for (const status of DECIDED) {
        if (pruned >= limit) break;
        const rows = await tx.query<{ reservation_id: string }>(
          'SELECT reservation_id FROM decisions WHERE status = ? AND due_at < ? ORDER BY due_at LIMIT ? FOR UPDATE',
          [status, now, limit - pruned],
        );
        if (rows.length === 0) continue;
        const ids = rows.map((row) => row.reservation_id);
        if (status === 'AWAITING_REQUEST') await removeEarly(tx, ids);
        pruned += await tx.execute(
          `DELETE decisions FROM decisions FORCE INDEX (PRIMARY) WHERE reservation_id IN (${inList(ids.length)})`,
          ids,
        );
      }
      return pruned;
    }),
  pruneRefunds: (processedBefore, limit) =>
    sql.run(async (tx) => {
      const rows = await tx.query<{ refund_key: string }>(
        'SELECT refund_key FROM refunds WHERE processed_at < ? ORDER BY processed_at LIMIT ?',
        [processedBefore, limit],
      );
      if (rows.length === 0) return 0;
      const keys = rows.map((row) => row.refund_key);
      return tx.execute(
        `DELETE refunds FROM refunds FORCE INDEX (PRIMARY) WHERE refund_key IN (${inList(keys.length)})`,
        keys,
      );
    }),
});

/** Counts by indexes alone. */
export const mysqlGauges = (sql: UnitOfWork<SqlTransaction>): GaugeReader => ({
  read: (now) =>
    sql.run(async (tx): Promise<ResultGauges> => {
      const count = async (status: string): Promise<number> =>
        (await tx.query<{ count: number }>('SELECT COUNT(*) AS count FROM decisions WHERE status = ?', [status]))[0]
          ?.count ?? 0;
      const [oldest] = await tx.query<{ requested_at: Date }>(
        `SELECT requested_at FROM decisions WHERE status = 'PENDING' ORDER BY due_at LIMIT 1`,
        [],
      );
      return {
        pending: await count('PENDING'),
        oldestPendingMs: oldest === undefined ? 0 : Math.max(0, now.getTime() - oldest.requested_at.getTime()),
        awaitingRequest: await count('AWAITING_REQUEST'),
        deadLetters: await tx.query(
          'SELECT topic, status, COUNT(*) AS count FROM dead_letters GROUP BY topic, status',
          [],
        ),
      };
    }),
});
