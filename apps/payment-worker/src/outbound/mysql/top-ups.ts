import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { TopUpStore } from '../../application/ports.ts';
import { requestKeyOf, type TopUp, type TopUpOrder } from '../../domain/top-up.ts';
import { insertUnknown } from './statements.ts';

const SELECT = `SELECT requested_by AS requestedBy, idempotency_key AS idempotencyKey, user_id AS userId, amount, reference,
                       balance, created_at AS at
                FROM top_ups`;

/** Top-ups, in the table `top_ups`. */
export class MysqlTopUps implements TopUpStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  findByKey(orders: readonly TopUpOrder[]): Promise<TopUp[]> {
    return this.#sql.query<TopUp>(
      `${SELECT} FORCE INDEX (PRIMARY) WHERE request_key IN (${inList(orders.length)})`,
      orders.map(requestKeyOf),
    );
  }

  findByReference(references: readonly string[]): Promise<TopUp[]> {
    return this.#sql.query<TopUp>(
      `${SELECT} FORCE INDEX (top_ups_reference_key) WHERE reference IN (${inList(references.length)})`,
      [...references],
    );
  }

  insert(topUps: readonly TopUp[]): Promise<void> {
    return insertUnknown(
      this.#sql,
      `INSERT INTO top_ups
         (request_key, requested_by, idempotency_key, user_id, amount, reference, balance, created_at)
       VALUES ${values(topUps.length, 8)}`,
      topUps.flatMap((topUp) => [
        requestKeyOf(topUp),
        topUp.requestedBy,
        topUp.idempotencyKey,
        topUp.userId,
        topUp.amount,
        topUp.reference,
        topUp.balance,
        topUp.at,
      ]),
    );
  }
}
