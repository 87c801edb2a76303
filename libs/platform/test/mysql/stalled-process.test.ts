import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

test('a process that is stopped in the middle of a transaction keeps its row locks for a bounded time, and wakes to an error that it survives', {
  timeout: 120_000,
}, async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'stalled-child.ts')], {
    env: { ...process.env, MYSQL_URL: scratch.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'close');
  let said = '';
  child.stdout.on('data', (data) => {
    said += String(data);
  });
  await once(child.stdout, 'data');
  await vi.waitFor(async () => {
    const sleeping =
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT SLEEP%'";
    expect(await database.pool.query(sleeping)).toHaveLength(1);
  });
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
    child.kill('SIGCONT');
    expect(await exited).toEqual([0, null]);
    expect(said).toBe('locked\ntransient\n');
    expect(await database.pool.query('SELECT n FROM thing')).toEqual([{ n: 10 }]);
  } finally {
    child.kill('SIGKILL');
  }
});
