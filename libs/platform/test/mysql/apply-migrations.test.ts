import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mariadb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applyMigrations } from '../../src/index.ts';
import { connectionSettings } from '../../src/mysql/connection-settings.ts';
import { breakableLink } from '../breakable-link.ts';
import { scratchDatabase } from './scratch-database.ts';

let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
let directory: string;
let lines: string[];

beforeEach(async () => {
  scratch = await scratchDatabase();
  directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  await writeFile(join(directory, 'migration_lock.toml'), 'provider = "mysql"\n');
  lines = [];
});
afterEach(async () => {
  await rm(directory, { recursive: true });
  await scratch.drop();
});

async function migration(name: string, script: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), script);
}
const apply = (lockTimeoutMs = 60_000) =>
  applyMigrations({ url: scratch.url, directory, log: (line) => lines.push(line), lockTimeoutMs });

async function query(sql: string) {
  const connection = await createConnection(connectionSettings(scratch.url));
  try {
    return await connection.query({ sql, dateStrings: true, bigIntAsNumber: true });
  } finally {
    await connection.end();
  }
}

const tricky = `-- CreateTable; not the end of anything
CREATE TABLE note (id INT PRIMARY KEY, text VARCHAR(200) DEFAULT 'a;b' COMMENT 'it''s; -- "quoted"');
/* a comment; with a semicolon */ # and another;
INSERT INTO note VALUES (1, 'semi; \\'colon\\''), (2, "double; -- ""quotes""");
INSERT INTO note (id, \`text\`) VALUES (3, '/* no; comment */');
-- the end; of it
`;

test('applies what is pending, in order, and says so as Prisma does', async () => {
  await migration('20260101000000_init', tricky);
  await migration('20260102000000_more', 'ALTER TABLE note ADD COLUMN n INT NOT NULL DEFAULT 7;\n');
  expect(await apply()).toEqual(['20260101000000_init', '20260102000000_more']);
  expect(await query('SELECT id, text, n FROM note ORDER BY id')).toMatchObject([
    { id: 1, text: "semi; 'colon'", n: 7 },
    { id: 2, text: 'double; -- "quotes"', n: 7 },
    { id: 3, text: '/* no; comment */', n: 7 },
  ]);

  const rows = await query(
    `SELECT *, ABS(TIMESTAMPDIFF(SECOND, started_at, UTC_TIMESTAMP())) < 60 AS recent, finished_at >= started_at AS ordered
     FROM _prisma_migrations ORDER BY migration_name`,
  );
  expect(rows).toMatchObject([
    {
      migration_name: '20260101000000_init',
      checksum: createHash('sha256').update(tricky).digest('hex'),
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
      recent: 1,
      ordered: 1,
    },
    { migration_name: '20260102000000_more', applied_steps_count: 1 },
  ]);
  expect(rows[0].id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);

  expect(await apply()).toEqual([]);
  await migration('20260103000000_third', 'DROP TABLE note');
  expect(await apply()).toEqual(['20260103000000_third']);
});

test('the table is as Prisma defines it', async () => {
  await apply();
  const columns = await query(
    `SELECT column_name AS name, column_type AS type, is_nullable AS nullable, column_key AS 'key', collation_name AS 'collation'
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '_prisma_migrations'
     ORDER BY ordinal_position`,
  );
  const text = { collation: 'utf8mb4_unicode_ci', key: '' };
  expect(
    columns.map((column: { type: string }) => ({ ...column, type: column.type.replace('int(10)', 'int') })),
  ).toEqual([
    { name: 'id', type: 'varchar(36)', nullable: 'NO', ...text, key: 'PRI' },
    { name: 'checksum', type: 'varchar(64)', nullable: 'NO', ...text },
    { name: 'finished_at', type: 'datetime(3)', nullable: 'YES', key: '', collation: null },
    { name: 'migration_name', type: 'varchar(255)', nullable: 'NO', ...text },
    { name: 'logs', type: 'text', nullable: 'YES', ...text },
    { name: 'rolled_back_at', type: 'datetime(3)', nullable: 'YES', key: '', collation: null },
    { name: 'started_at', type: 'datetime(3)', nullable: 'NO', key: '', collation: null },
    { name: 'applied_steps_count', type: 'int unsigned', nullable: 'NO', key: '', collation: null },
  ]);
});

test('of five at once, one applies', async () => {
  await migration('20260101000000_init', 'CREATE TABLE once (id INT PRIMARY KEY); INSERT INTO once VALUES (1);');
  const results = await Promise.all([apply(), apply(), apply(), apply(), apply()]);
  expect(results.filter((names) => names.length > 0)).toEqual([['20260101000000_init']]);
});

test('killed in the middle: nobody goes on beside what the server still does for it, and then it is refused until it is resolved', {
  timeout: 90_000,
}, async () => {
  await query('CREATE TABLE busy (id INT PRIMARY KEY)');
  const name = '20260101000000_init';
  await migration(name, 'CREATE TABLE before_it (id INT PRIMARY KEY); ALTER TABLE busy ADD COLUMN n INT NULL;');
  const reader = await createConnection(connectionSettings(scratch.url));
  await reader.query('START TRANSACTION');
  await reader.query('SELECT * FROM busy');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'migrating-child.ts')], {
    env: { ...process.env, MYSQL_URL: scratch.url, DIRECTORY: directory },
    stdio: 'ignore',
  });
  const waiting = 'SELECT COUNT(*) AS count FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE';
  await vi.waitFor(
    async () => {
      // Its session is an app's, whose transactions must not idle.
      await reader.query('SELECT * FROM busy');
      expect((await query(`${waiting} '%metadata lock%'`))[0]).toEqual({ count: 1 });
    },
    { timeout: 60_000, interval: 100 },
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The server does not notice while its statement waits: the lock stays with it, so no second runner begins.
  await expect(apply(0)).rejects.toThrow(/another process has been migrating/);
  await reader.query('ROLLBACK');
  await reader.end();

  await expect(apply()).rejects.toThrow(/failed before and may have been applied in part.*prisma migrate resolve/);
  expect(await query('SELECT finished_at FROM _prisma_migrations')).toEqual([{ finished_at: null }]);
  await query('DROP TABLE before_it, busy');
  await query('UPDATE _prisma_migrations SET rolled_back_at = UTC_TIMESTAMP(3)');
  await query('CREATE TABLE busy (id INT PRIMARY KEY)');
  expect(await apply()).toEqual([name]);
});

test('a changed migration is refused by name', async () => {
  await migration('20260101000000_init', 'CREATE TABLE a (id INT PRIMARY KEY);');
  await apply();
  await migration('20260101000000_init', 'CREATE TABLE b (id INT PRIMARY KEY);');
  await expect(apply()).rejects.toThrow(/20260101000000_init was changed after it was applied/);
});

test('a failed migration is recorded, and refused until it is resolved', async () => {
  await migration('20260101000000_init', 'CREATE TABLE a (id INT PRIMARY KEY); INSERT INTO nowhere VALUES (1);');
  await migration('20260102000000_more', 'CREATE TABLE b (id INT PRIMARY KEY);');
  await expect(apply()).rejects.toThrow(/20260101000000_init failed: .*nowhere/);
  const [row] = await query('SELECT * FROM _prisma_migrations');
  expect(row).toMatchObject({ finished_at: null, applied_steps_count: 0, logs: expect.stringContaining('nowhere') });
  await expect(apply()).rejects.toThrow(/failed before.*prisma migrate resolve/);

  await query('DROP TABLE a');
  await query('UPDATE _prisma_migrations SET rolled_back_at = UTC_TIMESTAMP(3)');
  await migration('20260101000000_init', 'CREATE TABLE a (id INT PRIMARY KEY);');
  expect(await apply()).toEqual(['20260101000000_init', '20260102000000_more']);
});

test('what a newer version applied does not stop an older one', async () => {
  await migration('20260101000000_init', 'CREATE TABLE a (id INT PRIMARY KEY);');
  await migration('20260102000000_newer', 'CREATE TABLE b (id INT PRIMARY KEY);');
  await apply();
  await rm(join(directory, '20260102000000_newer'), { recursive: true });
  expect(await apply()).toEqual([]);
});

test('waits for the lock no longer than told', async () => {
  // A lock of that name is the whole server's, so this holds up other suites for as long as it is held.
  const holder = await createConnection(connectionSettings(scratch.url));
  await holder.query("SELECT GET_LOCK('prisma_migrate', 60)");
  await expect(apply(200)).rejects.toThrow(/another process has been migrating/);
  await holder.end();
  expect(await apply()).toEqual([]);
});

test('waits for a server that cannot be reached, and no longer than told', async () => {
  await migration('20260101000000_init', 'CREATE TABLE seats (id INT PRIMARY KEY);');
  const link = await breakableLink(new URL(scratch.url));
  const through = (reachTimeoutMs: number) =>
    applyMigrations({ url: link.url, directory, log: (line) => lines.push(line), reachTimeoutMs });
  try {
    link.cut();
    await expect(through(0)).rejects.toMatchObject({ code: 'ER_SOCKET_UNEXPECTED_CLOSE' });
    const applying = through(60_000);
    await vi.waitFor(() => expect(lines).toEqual([expect.stringContaining('waiting for the database')]), 10_000);
    link.mend();
    expect(await applying).toEqual(['20260101000000_init']);
  } finally {
    link.close();
  }
});

test('a login that the server refuses is no reason to wait', async () => {
  const url = new URL(scratch.url);
  url.password = 'wrong';
  await expect(
    applyMigrations({ url: url.toString(), directory, log: (line) => lines.push(line) }),
  ).rejects.toMatchObject({ code: 'ER_ACCESS_DENIED_ERROR' });
  expect(lines).toEqual([]);
});

test('a folder without its migration.sql is an error', async () => {
  await mkdir(join(directory, '20260101000000_init'));
  await expect(apply()).rejects.toThrow(/migration.sql/);
});
