import { connectionSettings, inList, MysqlUnitOfWork, type SqlTransaction } from '@stagedoor/platform';
import { createPool, type Pool } from 'mariadb';

/** One service's database, for looking at only. */
export class ReadOnlyDatabase {
  readonly #pool: Pool;
  readonly #unitOfWork: MysqlUnitOfWork<SqlTransaction>;

  constructor(url: string) {
    const settings = connectionSettings(url);
    // The session refuses to write, whatever its user may do.
    const initSql = [...(settings.initSql as string[]), 'SET SESSION TRANSACTION READ ONLY'];
    this.#pool = createPool({ ...settings, initSql, connectionLimit: 2, acquireTimeout: 10_000 });
    (this.#pool as unknown as NodeJS.EventEmitter).on('error', () => {});
    this.#unitOfWork = new MysqlUnitOfWork({ pool: this.#pool }, (sql) => sql, { timeoutMs: 60_000 });
  }

  query<Row>(sql: string, params: unknown[] = []): Promise<Row[]> {
    return this.#unitOfWork.run((tx) => tx.query<Row>(sql, params));
  }

  /** Rows of `keys`; the statement's `IN (…)` is where `:keys` stands. Nothing is asked where there are none. */
  async byKeys<Row>(sql: string, keys: readonly string[]): Promise<Row[]> {
    const unique = [...new Set(keys)];
    if (unique.length === 0) return [];
    const places = sql.split(':keys').length - 1;
    return this.query<Row>(sql.replaceAll(':keys', inList(unique.length)), Array(places).fill(unique).flat());
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** The four of them. */
export interface Databases {
  queue: ReadOnlyDatabase;
  reservation: ReadOnlyDatabase;
  payment: ReadOnlyDatabase;
  result: ReadOnlyDatabase;
}
