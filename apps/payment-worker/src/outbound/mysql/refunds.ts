import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { RefundStore } from '../../application/ports.ts';
import type { Refund, RefundOrder, SettledRefund } from '../../domain/refund.ts';
import { updateKeyed } from './statements.ts';

const COLUMNS = [
  'refund_key',
  'charge_key',
  'reservation_id',
  'user_id',
  'amount',
  'reason',
  'state',
  'status',
  'balance',
  'attempted_at',
  'processed_at',
];

interface RefundRow {
  refund_key: string;
  charge_key: string;
  reservation_id: string;
  user_id: string;
  amount: number;
  reason: string;
  state: Refund['state'];
  status: SettledRefund['status'] | null;
  balance: number | null;
  attempted_at: Date | null;
  processed_at: Date | null;
}

/** Refunds, in the table `refunds`. */
export class MysqlRefunds implements RefundStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async find(refundKeys: readonly string[]): Promise<Refund[]> {
    const rows = await this.#sql.query<RefundRow>(
      `SELECT ${COLUMNS.join(', ')} FROM refunds FORCE INDEX (PRIMARY)
       WHERE refund_key IN (${inList(refundKeys.length)})`,
      [...refundKeys],
    );
    return rows.map(refundOf);
  }

  async insert(refunds: readonly Refund[]): Promise<void> {
    await this.#sql.execute(
      `INSERT INTO refunds (${COLUMNS.join(', ')}) VALUES ${values(refunds.length, COLUMNS.length)}`,
      refunds.flatMap(rowOf),
    );
  }

  settle(refunds: readonly SettledRefund[]): Promise<void> {
    return updateKeyed(this.#sql, {
      table: 'refunds',
      key: 'refund_key',
      columns: ['status', 'balance', 'processed_at'],
      rows: refunds.map(({ refundKey, status, balance, processedAt }) => [refundKey, status, balance, processedAt]),
      alsoSet: "refunds.state = 'SETTLED'",
      where: "refunds.state = 'ATTEMPTED'",
    });
  }
}

function rowOf(refund: Refund): unknown[] {
  const settled = refund.state === 'SETTLED' ? refund : null;
  return [
    refund.refundKey,
    refund.chargeKey,
    refund.reservationId,
    refund.userId,
    refund.amount,
    refund.reason,
    refund.state,
    settled?.status ?? null,
    settled?.balance ?? null,
    refund.attemptedAt,
    settled?.processedAt ?? null,
  ];
}

function refundOf(row: RefundRow): Refund {
  const order: RefundOrder = {
    refundKey: row.refund_key,
    chargeKey: row.charge_key,
    reservationId: row.reservation_id,
    userId: row.user_id,
    amount: row.amount,
    reason: row.reason,
  };
  return row.state === 'ATTEMPTED'
    ? { ...order, state: 'ATTEMPTED', attemptedAt: row.attempted_at as Date }
    : {
        ...order,
        state: 'SETTLED',
        attemptedAt: row.attempted_at,
        status: row.status as SettledRefund['status'],
        balance: row.balance,
        processedAt: row.processed_at as Date,
      };
}
