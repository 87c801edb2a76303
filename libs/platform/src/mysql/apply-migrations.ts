import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mariadb';
import { isTransient } from '../errors/transient.ts';
import { connectionSettings } from './connection-settings.ts';
import { type Migration, readMigrations } from './migration-files.ts';

/** What applyMigrations works on. */
export interface MigrationOptions {
  /** The database, as MYSQL_URL. */
  url: string;
  /** The app's `prisma/migrations`. */
  directory: string;
  /** Told what is done, a line at a time. */
  log(line: string): void;
  /** How long to wait for another process that migrates on this server; 2 minutes unless given. */
  lockTimeoutMs?: number;
  /** How long to wait for a server that cannot be reached; 1 minute unless given. */
  reachTimeoutMs?: number;
}

interface AppliedMigration {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
  rolled_back_at: Date | null;
}

// Prisma's own lock and how long it waits at a time: `prisma migrate deploy` and we take turns.
const LOCK = 'prisma_migrate';
const LOCK_WAIT_S = 10;
const DEFAULT_LOCK_TIMEOUT_MS = 120_000;
const DEFAULT_REACH_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
const RECONNECT_DELAY_MS = 500;

/** The table as Prisma creates it. */
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             DATETIME(3),
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          DATETIME(3),
    started_at              DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    applied_steps_count     INTEGER UNSIGNED NOT NULL DEFAULT 0
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`;

/**
 * Applies what is not applied yet, and leaves `_prisma_migrations` as `prisma migrate deploy` would. Two processes at
 * once take turns by Prisma's lock, and the second finds nothing to do. Answers the names of those applied.
 *
 * Migrations that the database has and the folder has not are left alone: an older version starts beside a newer one.
 *
 * @throws Error when an applied migration was changed, when one failed before, when one fails now (its row says so, as
 * Prisma's would), when the lock was not had in time, or the server not reached
 */
export async function applyMigrations({
  url,
  directory,
  log,
  lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS,
  reachTimeoutMs = DEFAULT_REACH_TIMEOUT_MS,
}: MigrationOptions): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const connection = await reach(url, reachTimeoutMs, log);
  try {
    await lock(connection, lockTimeoutMs, log);
    await connection.query(CREATE_TABLE);
    const applied: AppliedMigration[] = await connection.query(
      'SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations ORDER BY started_at',
    );
    const pending = pendingMigrations(migrations, applied);
    for (const migration of pending) {
      log(`applying ${migration.name}`);
      await apply(connection, migration);
    }
    log(pending.length === 0 ? 'no migration is pending' : `applied ${pending.length}`);
    return pending.map(({ name }) => name);
  } finally {
    // The lock goes with the connection, also when the process is killed here.
    await connection.end().catch(() => connection.destroy());
  }
}

/** Nobody may be there to start this again: `docker compose up` gives up when a migration has failed once. */
async function reach(url: string, timeoutMs: number, log: (line: string) => void): Promise<Connection> {
  const giveUpAt = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await createConnection({
        ...connectionSettings(url),
        connectTimeout: CONNECT_TIMEOUT_MS,
        // A script goes to the server as it is, as Prisma does it: the server knows best where a statement ends.
        multipleStatements: true,
        // Not the app's session: changing a large table takes longer than any statement of the app may.
        initSql: ["SET time_zone = '+00:00'", 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'],
      });
    } catch (error) {
      if (!isTransient(error) || performance.now() >= giveUpAt) throw error;
      if (attempt === 1) log(`waiting for the database: ${(error as Error).message}`);
      await sleep(RECONNECT_DELAY_MS);
    }
  }
}

/** @throws Error when going on would build on something else than the folder says */
function pendingMigrations(migrations: Migration[], rows: AppliedMigration[]): Migration[] {
  const standing = new Map(rows.filter((row) => row.rolled_back_at === null).map((row) => [row.migration_name, row]));
  for (const row of standing.values()) {
    if (row.finished_at === null) {
      throw new Error(
        `migration ${row.migration_name} failed before and may have been applied in part; repair the database, then ` +
          `prisma migrate resolve --applied ${row.migration_name} (or --rolled-back)`,
      );
    }
  }
  return migrations.filter(({ name, checksum }) => {
    const row = standing.get(name);
    if (row !== undefined && row.checksum !== checksum) {
      throw new Error(`migration ${name} was changed after it was applied; undo that and add a new migration instead`);
    }
    return row === undefined;
  });
}

async function lock(connection: Connection, timeoutMs: number, log: (line: string) => void): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const waitS = Math.max(0, Math.min(LOCK_WAIT_S, (giveUpAt - performance.now()) / 1000));
    const [row] = await connection.query('SELECT GET_LOCK(?, ?) AS held', [LOCK, waitS]);
    if (Number(row.held) === 1) return;
    if (performance.now() >= giveUpAt) {
      throw new Error(`another process has been migrating on this server for more than ${timeoutMs} ms`);
    }
    log('waiting for another process that migrates on this server');
  }
}

async function apply(connection: Connection, { name, script, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await connection.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (?, ?, ?)', [
    id,
    checksum,
    name,
  ]);
  try {
    await connection.query(script);
  } catch (error) {
    const message = (error as { sqlMessage?: string }).sqlMessage ?? (error as Error).message;
    await connection.query('UPDATE _prisma_migrations SET logs = ? WHERE id = ?', [message, id]);
    throw new Error(`migration ${name} failed: ${message}`, { cause: error });
  }
  await connection.query(
    'UPDATE _prisma_migrations SET finished_at = CURRENT_TIMESTAMP(3), applied_steps_count = 1 WHERE id = ?',
    [id],
  );
}
