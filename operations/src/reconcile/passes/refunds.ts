import type { Databases } from '../database.ts';
import type { Difference } from '../difference.ts';
import { refundRequest } from '../messages.ts';
import type { Terms } from '../rules.ts';
import type { Pass } from './pass.ts';

interface AskedRefund {
  refundKey: string;
  chargeKey: string;
  reservationId: string;
  userId: string;
  amount: number;
  requestedAt: Date;
}

/** Refunds that result-worker asked for and has no answer to, against those that payment-worker made. */
export function refundPass({ payment, result }: Databases, terms: () => Terms): Pass {
  return {
    name: 'refunds without an answer',
    async keys(after, limit) {
      const rows = await result.query<{ refundKey: string }>(
        `SELECT refund_key AS refundKey FROM refunds FORCE INDEX (PRIMARY)
         WHERE status = 'REQUESTED' AND refund_key > ? ORDER BY refund_key LIMIT ?`,
        [after ?? '', limit],
      );
      return rows.map(({ refundKey }) => refundKey);
    },
    async examine(keys) {
      const asked = await result.byKeys<AskedRefund>(
        `SELECT refund_key AS refundKey, charge_key AS chargeKey, reservation_id AS reservationId, user_id AS userId, amount,
                requested_at AS requestedAt
         FROM refunds WHERE refund_key IN (:keys) AND status = 'REQUESTED' AND amount IS NOT NULL`,
        keys,
      );
      const made = await payment.byKeys<{ refundKey: string; status: string }>(
        'SELECT refund_key AS refundKey, status FROM refunds WHERE refund_key IN (:keys) AND status IS NOT NULL',
        keys,
      );
      const statusOf = new Map(made.map(({ refundKey, status }) => [refundKey, status]));
      const { now, graceMs } = terms();
      return asked
        .filter(({ requestedAt }) => now.getTime() - requestedAt.getTime() > graceMs)
        .map((refund): Difference => {
          const { refundKey, reservationId, amount, requestedAt } = refund;
          const status = statusOf.get(refundKey);
          const detail = `${amount} of ${reservationId}, asked for at ${requestedAt.toISOString()}; ${status ?? 'unknown'}`;
          const messages = [refundRequest(reservationId, refund, 'RECONCILIATION')];
          return {
            kind: status === undefined ? 'REFUND_NOT_MADE' : 'REFUND_NOT_TOLD',
            subject: refundKey,
            detail,
            remedy: { by: 'messages', messages },
          };
        });
    },
  };
}
