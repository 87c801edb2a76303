import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { createPool, type Pool } from 'mariadb';
import type { MysqlConfig } from '../config/fragments.ts';
import type { Logger } from '../runtime/logger.ts';
import { connectionSettings } from './connection-settings.ts';

// How long work waits for a connection before it fails as transient: all are busy, or the database is away.
const ACQUIRE_TIMEOUT_MS = 3_000;
// Longer than any statement may run: a server that says nothing for so long is lost, and its route without a word.
const SILENCE_TIMEOUT_MS = 35_000;
// Prepared statements are kept on the server for each connection, and the server bounds their sum (16,382 by default).
const PREPARED_STATEMENTS_PER_CONNECTION = 50;

/** An app's database: one pool, shared by the typed client's reads and by the units of work. */
export interface Database {
  /** For `new PrismaClient({ adapter })`. Disconnecting the client leaves the pool open. */
  readonly adapter: PrismaMariaDb;
  readonly pool: Pool;
  /** Rejects when the database does not answer; for readiness. */
  ping(): Promise<void>;
  /** Waits for what runs, then closes all connections. */
  close(): Promise<void>;
}

/**
 * Opens the pool; connects in the background, so an app starts while its database is away. A connection on which nothing
 * has come for `silenceTimeoutMs` is given up, and what waits on it fails as transient: TCP alone would go on trying for a
 * quarter of an hour.
 */
export function openDatabase(
  config: MysqlConfig,
  logger?: Logger,
  { silenceTimeoutMs = SILENCE_TIMEOUT_MS }: { silenceTimeoutMs?: number } = {},
): Database {
  const settings = connectionSettings(config.MYSQL_URL);
  const pool = createPool({
    ...settings,
    socketTimeout: silenceTimeoutMs,
    connectionLimit: config.MYSQL_POOL_SIZE,
    acquireTimeout: ACQUIRE_TIMEOUT_MS,
    prepareCacheLength: PREPARED_STATEMENTS_PER_CONNECTION,
  });
  // Without a listener an error event would end the process. The pool goes on trying by itself, with a backoff.
  (pool as unknown as NodeJS.EventEmitter).on('error', (error: Error) => {
    logger?.warn({ err: error }, 'database connection failed');
  });
  return {
    // The adapter brings the types of its own older driver; it only asks a pool for connections and queries.
    adapter: new PrismaMariaDb(pool as never, { database: settings.database }),
    pool,
    ping: async () => {
      await pool.query('SELECT 1');
    },
    close: () => pool.end(),
  };
}
