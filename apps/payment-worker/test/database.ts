import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutboundMessage } from '@stagedoor/contracts';
import { MysqlOutbox } from '@stagedoor/messaging';
import { type Database, MysqlUnitOfWork, openDatabase } from '@stagedoor/platform';
import type { PaymentTx } from '../src/application/ports.ts';
import { mysqlPaymentTx } from '../src/outbound/mysql/payment-tx.ts';

export async function testDb(poolSize = 10) {
  const base = process.env.TEST_MYSQL_URL as string;
  const name = `t_pay_${randomBytes(5).toString('hex')}`;
  const admin = openDatabase({ MYSQL_URL: base.replace(/\/$/, '/mysql'), MYSQL_POOL_SIZE: 1 });
  await admin.pool.query(`CREATE DATABASE ${name}`);
  const url = base.replace(/\/$/, `/${name}`);
  const database: Database = openDatabase({ MYSQL_URL: url, MYSQL_POOL_SIZE: poolSize });
  const sql = readFileSync(join(import.meta.dirname, '../prisma/migrations/20261122000000_init/migration.sql'), 'utf8');
  for (const statement of sql.split(/;\s*\n/)) if (statement.trim() !== '') await database.pool.query(statement);
  return {
    url,
    database,
    unitOfWork: new MysqlUnitOfWork<PaymentTx>(database, (tx) => mysqlPaymentTx(tx, new MysqlOutbox(tx, () => {}))),
    async outbox(): Promise<OutboundMessage[]> {
      const rows = (await database.pool.query('SELECT messages FROM outbox ORDER BY id')) as { messages: string }[];
      return rows.flatMap(({ messages }) => JSON.parse(messages) as OutboundMessage[]);
    },
    async close() {
      await database.close();
      await admin.pool.query(`DROP DATABASE ${name}`);
      await admin.close();
    },
  };
}
