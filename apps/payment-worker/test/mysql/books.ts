import { MysqlUnitOfWork, openDatabase } from '@stagedoor/platform';
import type { TestDatabase } from '@stagedoor/testkit';
import type { Transfer } from '../../src/domain/ledger.ts';
import type { Wallet } from '../../src/domain/wallet.ts';
import { MysqlPayments } from '../../src/outbound/mysql/payments.ts';
import { MysqlRefunds } from '../../src/outbound/mysql/refunds.ts';
import type { Books } from '../ledger.ts';

/** Everything that the books in a database say. */
export async function booksOf({ config }: Pick<TestDatabase, 'config'>): Promise<Books> {
  const database = openDatabase(config);
  try {
    return await new MysqlUnitOfWork(database, (sql) => sql).run(async (sql) => {
      const wallets = await sql.query<Wallet>('SELECT user_id AS userId, balance FROM wallets', []);
      const transfers = await sql.query<Transfer>(
        `SELECT kind, debit_account AS debitAccount, credit_account AS creditAccount, amount, user_id AS userId, reference,
                balance_after AS balanceAfter, created_at AS at FROM transfers ORDER BY id`,
        [],
      );
      const charges = await sql.query<{ id: string }>('SELECT idempotency_key AS id FROM payments', []);
      const refunds = await sql.query<{ id: string }>('SELECT refund_key AS id FROM refunds', []);
      const ids = (rows: { id: string }[]) => ['none', ...rows.map(({ id }) => id)];
      return {
        wallets: new Map(wallets.map(({ userId, balance }) => [userId, balance])),
        transfers,
        payments: await new MysqlPayments(sql).find(ids(charges)),
        refunds: await new MysqlRefunds(sql).find(ids(refunds)),
      };
    });
  } finally {
    await database.close();
  }
}
