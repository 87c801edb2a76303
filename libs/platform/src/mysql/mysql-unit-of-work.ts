import type { FieldInfo, Pool, PoolConnection } from 'mariadb';
import { TransientError } from '../errors/errors.ts';
import { mysqlErrno } from '../errors/transient.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { UnitOfWork } from '../transactions/unit-of-work.ts';
import type { Database } from './database.ts';
import type { SqlTransaction } from './sql-transaction.ts';
import { readDateTimes, toSqlParameter } from './sql-values.ts';

/** Bounds of a unit of work. */
export interface MysqlUnitOfWorkOptions {
  /** Attempts in all when the database gives up on a deadlock or a lock wait; 8 unless given. */
  maxAttempts?: number;
  /** A transaction open for longer loses its connection, and with it everything it did; 15 s unless given. */
  timeoutMs?: number;
  clock?: Clock;
  /** From 0 to 1; spreads the retries of those who met in a deadlock. */
  random?: () => number;
}

const ER_NO_SUCH_THREAD = 1094;
const ER_LOCK_WAIT_TIMEOUT = 1205;
const ER_LOCK_DEADLOCK = 1213;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;

/**
 * One READ COMMITTED transaction on a connection of the app's pool. It goes to the driver and not through the Prisma
 * client: for a transaction of 100 rows that costs 10 instead of 27 us of Node's CPU per row, for a single one 220
 * instead of 870 (ADR 0009).
 *
 * A deadlock or lock wait is retried, up to a bound. A connection lost at COMMIT leaves open whether the work was done:
 * that is a TransientError, and whoever tries again recognises its own rows.
 */
export class MysqlUnitOfWork<Tx> implements UnitOfWork<Tx> {
  readonly #database: Pick<Database, 'pool'>;
  readonly #bind: (sql: SqlTransaction) => Tx;
  readonly #options: Required<MysqlUnitOfWorkOptions>;

  /** `bind` makes what the application may touch within a transaction: repositories, outbox. */
  constructor(
    database: Pick<Database, 'pool'>,
    bind: (sql: SqlTransaction) => Tx,
    options: MysqlUnitOfWorkOptions = {},
  ) {
    this.#database = database;
    this.#bind = bind;
    this.#options = { maxAttempts: 8, timeoutMs: 15_000, clock: systemClock, random: Math.random, ...options };
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const { maxAttempts, clock, random } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(work);
      } catch (error) {
        const errno = mysqlErrno(error);
        const lostARace = errno === ER_LOCK_DEADLOCK || errno === ER_LOCK_WAIT_TIMEOUT;
        if (!lostARace || error instanceof TransientError || attempt >= maxAttempts) throw error;
        await clock.sleep(random() * Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
      }
    }
  }

  async #once<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const connection = await this.#database.pool.getConnection();
    const afterCommit: (() => void)[] = [];
    const { timeoutMs } = this.#options;
    const { promise: outOfTime, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      // At once: on a connection that has gone silent the driver may never answer, severed or not.
      reject(new TransientError(`the transaction did not end within ${timeoutMs} ms`));
      void sever(this.#database.pool, connection);
    }, timeoutMs);
    const transaction = this.#transaction(connection, work, afterCommit).finally(() => clearTimeout(timer));
    // What it comes to after its time is nobody's.
    transaction.catch(() => {});
    const result = await Promise.race([transaction, outOfTime]);
    for (const callback of afterCommit) callback();
    return result;
  }

  async #transaction<T>(
    connection: PoolConnection,
    work: (tx: Tx) => Promise<T>,
    afterCommit: (() => void)[],
  ): Promise<T> {
    try {
      await connection.query('START TRANSACTION');
      const result = await work(this.#bind(transactionOn(connection, afterCommit)));
      await commit(connection);
      return result;
    } catch (error) {
      await rollback(connection);
      throw error;
    } finally {
      await connection.release().catch(() => connection.destroy());
    }
  }
}

function transactionOn(connection: PoolConnection, afterCommit: (() => void)[]): SqlTransaction {
  return {
    async query<Row>(sql: string, params: unknown[]) {
      const rows: Record<string, unknown>[] & { meta?: FieldInfo[] } = await connection.query(
        { sql, supportBigNumbers: true, dateStrings: true },
        params.map(toSqlParameter),
      );
      const dateTimes = (rows.meta ?? []).filter(isDateTime).map((column) => column.name());
      if (dateTimes.length > 0) readDateTimes(rows, dateTimes);
      return rows as Row[];
    },
    async execute(sql, params) {
      const { affectedRows } = await connection.query(sql, params.map(toSqlParameter));
      return affectedRows;
    },
    afterCommit(callback) {
      afterCommit.push(callback);
    },
  };
}

function isDateTime(column: FieldInfo): boolean {
  return column.type === 'DATETIME' || column.type === 'TIMESTAMP';
}

async function commit(connection: PoolConnection): Promise<void> {
  try {
    await connection.query('COMMIT');
  } catch (error) {
    // A deadlock that a cluster finds at COMMIT has rolled back for certain; after anything else nobody knows.
    if (mysqlErrno(error) === ER_LOCK_DEADLOCK) throw error;
    throw new TransientError('the outcome of COMMIT is not known', { cause: error });
  }
}

/**
 * Ends a connection from outside, which fails the statement in progress and so ends the wait for it. The driver's own
 * destroy() sends the same KILL, but where the server has ended the connection already (this process was stopped for a
 * while, say) it leaves the refusal to nobody, and an unhandled rejection ends the process.
 */
async function sever(pool: Pool, connection: PoolConnection): Promise<void> {
  try {
    await pool.query(`KILL ${connection.threadId}`);
  } catch (error) {
    if (mysqlErrno(error) !== ER_NO_SUCH_THREAD) connection.destroy();
  }
}

/** A connection that can not roll back is thrown away, and the server rolls back in its place. */
async function rollback(connection: PoolConnection): Promise<void> {
  try {
    if (connection.isValid()) await connection.query('ROLLBACK');
  } catch {
    connection.destroy();
  }
}
