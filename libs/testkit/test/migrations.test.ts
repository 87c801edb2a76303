import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyMigrations, connectionSettings } from '@stagedoor/platform';
import { createConnection } from 'mariadb';
import { describe, expect, test } from 'vitest';
import { type AppName, emptyTestDatabase } from '../src/infrastructure/test-database.ts';
import { breakingChanges } from '../src/schema/breaking-changes.ts';
import { databaseShape } from '../src/schema/database-shape.ts';
import type { TableShape } from '../src/schema/shape.ts';

const apps: AppName[] = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

/** What of a change in the database the version before would notice. */
async function breakingIn(steps: ((url: string) => Promise<void>)[]): Promise<string[]> {
  const database = await emptyTestDatabase();
  const connection = await createConnection(connectionSettings(database.url));
  try {
    let before: Map<string, TableShape> | null = null;
    const found: string[] = [];
    for (const step of steps) {
      await step(database.url);
      const after = await databaseShape(connection);
      if (before !== null) found.push(...breakingChanges(before, after));
      before = after;
    }
    return found;
  } finally {
    await connection.end();
    await database.drop();
  }
}

/** Applies the migrations of an app up to this one. */
async function migrateTo(url: string, folder: string, names: readonly string[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    for (const name of names) await cp(join(folder, name), join(directory, name), { recursive: true });
    await applyMigrations({ url, directory, log: () => {} });
  } finally {
    await rm(directory, { recursive: true });
  }
}

test.each(apps)('%s: each migration leaves the version before able to serve', async (app) => {
  const folder = join(import.meta.dirname, `../../../apps/${app}/prisma/migrations`);
  const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort();
  const steps = names.map((_, index) => (url: string) => migrateTo(url, folder, names.slice(0, index + 1)));
  expect(await breakingIn(steps)).toEqual([]);
});

describe('what the version before would notice', () => {
  const table = `CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(10) NOT NULL, kind ENUM('A', 'B') NOT NULL, n INT NULL,
                                 UNIQUE INDEX t_name_key (name))`;
  const changing = (change: string) =>
    breakingIn(
      [table, change].map((sql) => async (url: string) => {
        const connection = await createConnection(connectionSettings(url));
        await connection.query(sql);
        await connection.end();
      }),
    );

  test.each([
    'ALTER TABLE t ADD COLUMN more VARCHAR(64) NULL',
    'ALTER TABLE t ADD COLUMN more INT NOT NULL DEFAULT 0',
    'ALTER TABLE t MODIFY name VARCHAR(20) NOT NULL',
    'ALTER TABLE t MODIFY name VARCHAR(10) NULL',
    "ALTER TABLE t MODIFY kind ENUM('A', 'B', 'C') NOT NULL",
    'CREATE INDEX t_n_idx ON t (n)',
    'CREATE TABLE more (id INT PRIMARY KEY)',
  ])('nothing: %s', async (change) => {
    expect(await changing(change)).toEqual([]);
  });

  test.each([
    ['DROP TABLE t', 't: dropped'],
    ['ALTER TABLE t DROP COLUMN n', 't.n: dropped'],
    ['ALTER TABLE t RENAME COLUMN n TO m', 't.n: dropped'],
    ['ALTER TABLE t ADD COLUMN more INT NOT NULL', 't.more: an insert that does not know it fails'],
    ['ALTER TABLE t MODIFY name VARCHAR(5) NOT NULL', 't.name: varchar(10) became varchar(5)'],
    ["ALTER TABLE t MODIFY kind ENUM('B', 'A') NOT NULL", "t.kind: enum('A','B') became enum('B','A')"],
    ['ALTER TABLE t MODIFY n INT NOT NULL', 't.n: must not be null any more'],
    ['ALTER TABLE t DROP PRIMARY KEY', 't: another primary key'],
    ['CREATE UNIQUE INDEX t_n_key ON t (n)', 't: unique t_n_key may refuse a row'],
    ['DROP INDEX t_name_key ON t', 't: unique t_name_key is what an upsert goes by'],
  ])('%s', async (change, why) => {
    expect(await changing(change)).toEqual([why]);
  });
});
