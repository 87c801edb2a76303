import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, Leases, openDatabase } from '../../src/index.ts';
import { leasesContract } from './leases-contract.ts';
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

leasesContract(() => ({ leases, pass }));

test('a name or holder that does not fit is an error, not another name', async () => {
  await expect(leases.tryAcquire('x'.repeat(65), 'a', 1000)).rejects.toThrow();
  await expect(leases.tryAcquire('é', 'a', 1000)).rejects.toThrow();
});
