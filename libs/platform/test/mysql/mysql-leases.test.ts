import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, Leases, openDatabase } from '../../src/index.ts';
import { scratchDatabase } from './scratch-database.ts';

let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
let database: Database;
let leases: Leases;
beforeAll(async () => {
  scratch = await scratchDatabase();
  database = openDatabase({ MYSQL_URL: scratch.url, MYSQL_POOL_SIZE: 10 });
  leases = new Leases(database);
  await database.pool.query(
    `CREATE TABLE leases (name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
      holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, expires_at DATETIME(3) NOT NULL) ENGINE=InnoDB`,
  );
});
beforeEach(() => database.pool.query('DELETE FROM leases'));
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

/** As if this much time had passed for the database. */
const pass = (ms: number) =>
  database.pool.query('UPDATE leases SET expires_at = expires_at - INTERVAL ? MICROSECOND', [ms * 1000]);

describe('a lease', () => {
  test('has one holder, who may prolong it', async () => {
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
    expect(await leases.tryAcquire('other', 'b', 10_000)).toBe(true);
    await pass(9_000);
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
    await pass(9_000);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
  });

  test('is free once it has ended, or was let go by its holder', async () => {
    await leases.tryAcquire('relay', 'a', 10_000);
    await leases.release('relay', 'b');
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(false);
    await pass(10_000);
    expect(await leases.tryAcquire('relay', 'b', 10_000)).toBe(true);
    await leases.release('relay', 'b');
    expect(await leases.tryAcquire('relay', 'a', 10_000)).toBe(true);
  });

  test('of twenty who want it at once, one has it, again and again', async () => {
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => leases.tryAcquire('race', `${round}-${i}`, 10_000)),
      );
      expect(answers.filter((held) => held)).toHaveLength(1);
      await pass(10_000);
    }
  });

  test('a name or holder that does not fit is an error, not another name', async () => {
    await expect(leases.tryAcquire('x'.repeat(65), 'a', 1000)).rejects.toThrow();
    await expect(leases.tryAcquire('é', 'a', 1000)).rejects.toThrow();
  });
});
