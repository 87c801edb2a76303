import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { WalletStore } from '../../application/ports.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { insertUnknown, updateKeyed } from './statements.ts';

/** Balances, in the table `wallets`. */
export class MysqlWallets implements WalletStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  lock(userIds: readonly string[]): Promise<Wallet[]> {
    // The index is named because on a small table the database would rather read, and so wait for, every wallet.
    return this.#sql.query<Wallet>(
      `SELECT user_id AS userId, balance FROM wallets FORCE INDEX (PRIMARY)
       WHERE user_id IN (${inList(userIds.length)}) ORDER BY user_id FOR UPDATE`,
      [...userIds],
    );
  }

  insert(wallets: readonly Wallet[], at: Date): Promise<void> {
    return insertUnknown(
      this.#sql,
      `INSERT INTO wallets (user_id, balance, created_at) VALUES ${values(wallets.length, 3)}`,
      wallets.flatMap(({ userId, balance }) => [userId, balance, at]),
    );
  }

  update(wallets: readonly Wallet[]): Promise<void> {
    return updateKeyed(this.#sql, {
      table: 'wallets',
      key: 'user_id',
      columns: ['balance'],
      rows: wallets.map(({ userId, balance }) => [userId, balance]),
    });
  }
}
