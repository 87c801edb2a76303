import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Database,
  isTransient,
  MysqlUnitOfWork,
  openDatabase,
  type SqlTransaction,
  TransientError,
} from '../../src/index.ts';
import { scratchDatabase } from './scratch-database.ts';

let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
let database: Database;
let unitOfWork: MysqlUnitOfWork<SqlTransaction>;

beforeAll(async () => {
  scratch = await scratchDatabase();
  database = openDatabase({ MYSQL_URL: scratch.url, MYSQL_POOL_SIZE: 6 });
  unitOfWork = new MysqlUnitOfWork(database, (sql) => sql);
  await database.pool.query(
    `CREATE TABLE thing (id INT PRIMARY KEY, n BIGINT, big BIGINT UNSIGNED, at DATETIME(3), bytes VARBINARY(16), name VARCHAR(64) NULL)
     ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin`,
  );
});
beforeEach(() => database.pool.query('DELETE FROM thing'));
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

const insert = (tx: SqlTransaction, id: number, n = 0) =>
  tx.execute('INSERT INTO thing (id, n) VALUES (?, ?)', [id, n]);
const ids = async () =>
  (await database.pool.query('SELECT id FROM thing ORDER BY id')).map((row: { id: number }) => row.id);

describe('values', () => {
  test('go in and come back as what they were, times in UTC to the millisecond', async () => {
    const at = new Date('2026-03-29T01:30:00.007Z');
    const bytes = Buffer.from([0, 255, 39, 92]);
    const name = 'Zoë \\ \' " 🎫 \u0000';
    const read = await unitOfWork.run(async (tx) => {
      await tx.execute('INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)', [1, 2n ** 53n - 1n, 2n ** 63n, at, bytes, name]);
      await tx.execute('INSERT INTO thing VALUES (?, ?, ?, ?, ?, ?)', [2, -5, null, null, null, null]);
      return tx.query('SELECT * FROM thing ORDER BY id', []);
    });
    expect(read).toEqual([
      { id: 1, n: Number.MAX_SAFE_INTEGER, big: (2n ** 63n).toString(), at, bytes, name },
      { id: 2, n: -5, big: null, at: null, bytes: null, name: null },
    ]);
  });

  test('COUNT and SUM are numbers', async () => {
    const [row] = await unitOfWork.run(async (tx) => {
      await insert(tx, 1, 40);
      await insert(tx, 2, 2);
      return tx.query<{ rows: number; total: number }>('SELECT COUNT(*) AS `rows`, SUM(n) AS total FROM thing', []);
    });
    expect(row).toEqual({ rows: 2, total: 42 });
  });

  test('what the driver would guess about is refused', async () => {
    for (const bad of [undefined, [1, 2], { id: 1 }, Number.NaN, Number.POSITIVE_INFINITY, new Date('no date')]) {
      await expect(unitOfWork.run((tx) => tx.query('SELECT ?', [bad]))).rejects.toThrow(
        /value for a statement|Invalid time/,
      );
    }
  });

  test('the session is UTC, READ COMMITTED and strict, whatever the server is set to', async () => {
    const [session] = await database.pool.query(
      `SELECT @@session.time_zone AS zone, @@session.innodb_lock_wait_timeout AS lockWait, @@session.sql_mode AS mode,
              TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS offset_s`,
    );
    expect(session).toMatchObject({ zone: '+00:00', offset_s: 0n });
    expect(session.mode).toContain('STRICT_TRANS_TABLES');
    await expect(database.pool.query("INSERT INTO thing (id, name) VALUES (1, REPEAT('x', 65))")).rejects.toThrow();
    await unitOfWork.run(async (tx) => {
      expect(await tx.query('SELECT id FROM thing', [])).toEqual([]);
      await database.pool.query('INSERT INTO thing (id) VALUES (9)');
      expect(await tx.query('SELECT id FROM thing', [])).toEqual([{ id: 9 }]);
    });
  });
});

describe('a transaction', () => {
  test('is all or nothing', async () => {
    const failing = unitOfWork.run(async (tx) => {
      await insert(tx, 1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await ids()).toEqual([]);
    await unitOfWork.run((tx) => insert(tx, 2));
    expect(await ids()).toEqual([2]);
  });

  test('tells of its commit after it, and of a rollback never', async () => {
    const told: string[] = [];
    await unitOfWork.run(async (tx) => {
      tx.afterCommit(() => told.push('committed'));
      await insert(tx, 1);
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['committed']);
    await expect(
      unitOfWork.run(async (tx) => {
        tx.afterCommit(() => told.push('never'));
        await insert(tx, 1);
      }),
    ).rejects.toThrow(/Duplicate/);
    expect(told).toEqual(['committed']);
  });

  test('that open too long loses its connection and what it did, and the pool stays whole', async () => {
    const short = new MysqlUnitOfWork(database, (sql) => sql, { timeoutMs: 100 });
    for (let i = 0; i < 8; i++) {
      const stuck = short.run(async (tx) => {
        await insert(tx, 1);
        await tx.query('SELECT SLEEP(5)', []);
      });
      await expect(stuck).rejects.toSatisfy(isTransient);
    }
    expect(await ids()).toEqual([]);
    await unitOfWork.run((tx) => insert(tx, 2));
    expect(await ids()).toEqual([2]);
  });
});

describe('retries', () => {
  test('a deadlock is tried again until it is through, without the first try', async () => {
    await database.pool.query('INSERT INTO thing (id, n) VALUES (1, 0), (2, 0)');
    let attempts = 0;
    const crossing = (first: number, second: number) =>
      unitOfWork.run(async (tx) => {
        attempts++;
        await tx.execute('UPDATE thing SET n = n + 1 WHERE id = ?', [first]);
        await delay(20);
        await tx.execute('UPDATE thing SET n = n + 1 WHERE id = ?', [second]);
      });
    await Promise.all([crossing(1, 2), crossing(2, 1)]);
    expect(attempts).toBeGreaterThan(2);
    expect(await database.pool.query('SELECT n FROM thing')).toMatchObject([{ n: 2n }, { n: 2n }]);
  });

  test('are bounded, and end as a transient error', async () => {
    let attempts = 0;
    const pauses: number[] = [];
    const clock = { now: () => new Date(), sleep: async (ms: number) => void pauses.push(ms) };
    const bounded = new MysqlUnitOfWork(database, (sql) => sql, { maxAttempts: 4, clock, random: () => 1 });
    const failing = bounded.run(async () => {
      attempts++;
      throw Object.assign(new Error('Deadlock found'), { errno: 1213 });
    });
    await expect(failing).rejects.toSatisfy(isTransient);
    expect(attempts).toBe(4);
    expect(pauses).toEqual([10, 20, 40]);
  });

  test('no other error is tried again', async () => {
    let attempts = 0;
    const failing = unitOfWork.run(async (tx) => {
      attempts++;
      await insert(tx, 1);
      await insert(tx, 1);
    });
    await expect(failing).rejects.toThrow(/Duplicate/);
    expect(attempts).toBe(1);
  });
});

test('a connection lost at COMMIT is an unknown outcome: transient, and not tried again here', async () => {
  let attempts = 0;
  const lost = unitOfWork.run(async (tx) => {
    attempts++;
    const [me] = await tx.query<{ id: number }>('SELECT CONNECTION_ID() AS id', []);
    await insert(tx, 1);
    await database.pool.query(`KILL ${me?.id}`);
  });
  const error = await lost.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(TransientError);
  expect(isTransient(error)).toBe(true);
  expect(attempts).toBe(1);
  expect(await ids()).toEqual([]);
});

test('a database that is away gives a transient error within a bound, and comes back by itself', async () => {
  const nowhere = openDatabase({ MYSQL_URL: 'mysql://a:b@127.0.0.1:1/none', MYSQL_POOL_SIZE: 2 });
  await expect(nowhere.ping()).rejects.toSatisfy(isTransient);
  await expect(new MysqlUnitOfWork(nowhere, (sql) => sql).run(async () => 1)).rejects.toSatisfy(isTransient);
  await nowhere.close();
}, 15_000);
