import type { OutboundMessage } from '@stagedoor/contracts';
import { MysqlOutbox } from '@stagedoor/messaging';
import { MysqlUnitOfWork, openDatabase } from '@stagedoor/platform';
import { testDatabase } from '@stagedoor/testkit';
import { mysqlResultTx } from '../../src/outbound/mysql/result-tx.ts';

/** A database of one test file's own, with the app's units of work. */
export async function resultDatabase(poolSize = 20) {
  const { url, config, drop } = await testDatabase('result-worker');
  const database = openDatabase({ ...config, MYSQL_POOL_SIZE: poolSize });
  const outboxRows = () =>
    database.pool.query('SELECT messages FROM outbox ORDER BY id') as Promise<{ messages: string }[]>;
  return {
    url,
    config,
    database,
    unitOfWork: new MysqlUnitOfWork(database, (sql) =>
      mysqlResultTx(sql, new MysqlOutbox(sql, () => {}), { keepDays: 40 }),
    ),
    statements: new MysqlUnitOfWork(database, (sql) => sql),
    outbox: async () => (await outboxRows()).flatMap(({ messages }) => JSON.parse(messages) as OutboundMessage[]),
    async close() {
      await database.close();
      await drop();
    },
  };
}
