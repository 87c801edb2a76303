import { MysqlUnitOfWork, openDatabase } from '../../src/index.ts';

// A process that has locked a row and says so; its test stops it there.
const database = openDatabase({ MYSQL_URL: process.env.MYSQL_URL as string, MYSQL_POOL_SIZE: 1 });
await new MysqlUnitOfWork(database, (sql) => sql).run(async (tx) => {
  await tx.execute('UPDATE thing SET n = n + 1 WHERE id = 1', []);
  process.stdout.write('locked\n');
  await new Promise(() => {});
});
