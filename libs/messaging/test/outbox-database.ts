import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '@stagedoor/platform';

// As in the first migration of each app.
const TABLES = [
  `CREATE TABLE outbox (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    shard SMALLINT UNSIGNED NOT NULL DEFAULT 0,
    messages LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at DATETIME(3) NOT NULL
  ) ENGINE = InnoDB`,
  `CREATE TABLE leases (
    name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at DATETIME(3) NOT NULL
  ) ENGINE = InnoDB`,
];

/** A schema of this test's own with the tables that an outbox needs. */
export async function outboxDatabase(): Promise<{ database: Database; drop(): Promise<void> }> {
  const server = process.env.TEST_MYSQL_URL;
  if (server === undefined) throw new Error('TEST_MYSQL_URL is not set');
  const name = `messaging_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.pathname = '/mysql';
  const admin = openDatabase({ MYSQL_URL: url.href, MYSQL_POOL_SIZE: 1 });
  await admin.pool.query(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  const database = openDatabase({ MYSQL_URL: url.href, MYSQL_POOL_SIZE: 10 });
  for (const table of TABLES) await database.pool.query(table);
  return {
    database,
    async drop() {
      await database.close();
      await admin.pool.query(`DROP DATABASE ${name}`);
      await admin.close();
    },
  };
}
