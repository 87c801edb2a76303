import { type SqlTransaction, values } from '@stagedoor/platform';
import type { TransferStore } from '../../application/ports.ts';
import type { Transfer } from '../../domain/ledger.ts';

/** The ledger, in the table `transfers`. */
export class MysqlTransfers implements TransferStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async insert(transfers: readonly Transfer[]): Promise<void> {
    await this.#sql.execute(
      `INSERT INTO transfers
         (kind, debit_account, credit_account, amount, user_id, reference, balance_after, created_at)
       VALUES ${values(transfers.length, 8)}`,
      transfers.flatMap((each) => [
        each.kind,
        each.debitAccount,
        each.creditAccount,
        each.amount,
        each.userId,
        each.reference,
        each.balanceAfter,
        each.at,
      ]),
    );
  }
}
