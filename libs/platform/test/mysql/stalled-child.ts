import { isTransient, MysqlUnitOfWork, openDatabase } from '../../src/index.ts';

// A process that has locked a row and says so; its test stops it there, in the middle of a statement, and wakes it later.
const database = openDatabase({ MYSQL_URL: process.env.MYSQL_URL as string, MYSQL_POOL_SIZE: 2 });
const unitOfWork = new MysqlUnitOfWork(database, (sql) => sql, { timeoutMs: 2_000 });
const error: unknown = await unitOfWork
  .run(async (tx) => {
    await tx.execute('UPDATE thing SET n = n + 1 WHERE id = 1', []);
    process.stdout.write('locked\n');
    await tx.query('SELECT SLEEP(1)', []);
    await tx.execute('UPDATE thing SET n = n + 100 WHERE id = 1', []);
  })
  .catch((caught: unknown) => caught);
process.stdout.write(isTransient(error) ? 'transient\n' : `${error}\n`);
// The pool still works.
await database.ping();
await database.close();
