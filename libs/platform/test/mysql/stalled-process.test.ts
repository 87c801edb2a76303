import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, isTransient, MysqlUnitOfWork, openDatabase } from '../../src/index.ts';
import { scratchDatabase } from './scratch-database.ts';

let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
let database: Database;

beforeAll(async () => {
  scratch = await scratchDatabase();
  database = openDatabase({ MYSQL_URL: scratch.url, MYSQL_POOL_SIZE: 2 });
  await database.pool.query('CREATE TABLE thing (id INT PRIMARY KEY, n INT NOT NULL) ENGINE=InnoDB');
  await database.pool.query('INSERT INTO thing VALUES (1, 0)');
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

test('a process that is stopped in the middle of a transaction keeps its row locks for a bounded time', {
  timeout: 120_000,
}, async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'stalled-child.ts')], {
    env: { ...process.env, MYSQL_URL: scratch.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  try {
    const unitOfWork = new MysqlUnitOfWork(database, (sql) => sql, { maxAttempts: 1 });
    const others = () => unitOfWork.run((tx) => tx.execute('UPDATE thing SET n = n + 10 WHERE id = 1', []));
    // As a consumer does: a lock wait is tried again. MariaDB gives the row free after 8 s, MySQL after 60.
    for (let attempt = 1; ; attempt++) {
      const error = await others().then(
        () => null,
        (caught: unknown) => caught,
      );
      if (error === null) break;
      expect(isTransient(error)).toBe(true);
      expect(attempt).toBeLessThan(15);
    }
    expect(await database.pool.query('SELECT n FROM thing')).toEqual([{ n: 10 }]);
  } finally {
    child.kill('SIGKILL');
  }
});
