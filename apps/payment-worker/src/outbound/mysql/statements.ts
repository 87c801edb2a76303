import { derivedTable, mysqlErrno, type SqlTransaction } from '@stagedoor/platform';
import { ConcurrentWriteError } from '../../application/ports.ts';

const ER_DUP_ENTRY = 1062;

/**
 * An INSERT of keys that were looked for and not found in the same transaction: when one is there now, another transaction
 * was faster, which is expected.
 * @throws ConcurrentWriteError
 */
export async function insertUnknown(sql: SqlTransaction, statement: string, params: unknown[]): Promise<void> {
  try {
    await sql.execute(statement, params);
  } catch (error) {
    if (mysqlErrno(error) !== ER_DUP_ENTRY) throw error;
    throw new ConcurrentWriteError('another transaction wrote the same key first', { cause: error });
  }
}

/** What an UPDATE writes: for each of `rows`, its key and the values of its columns. */
export interface KeyedUpdate {
  table: string;
  key: string;
  /** As many as each row has values after its key. */
  columns: string[];
  rows: unknown[][];
  /** What else is set, and which rows it takes; none unless given. */
  alsoSet?: string;
  where?: string;
}

/**
 * Writes different values to many rows that this transaction has locked, in one statement. The join is given in its order
 * and with its index: left alone, both databases read a small table whole, and so wait for rows that others have locked.
 * @throws Error when a row was not found: something is badly wrong, and nothing may be committed
 */
export async function updateKeyed(sql: SqlTransaction, update: KeyedUpdate): Promise<void> {
  const { table, key, columns, rows } = update;
  const assignments = columns.map((column) => `${table}.${column} = written.${column}`);
  if (update.alsoSet !== undefined) assignments.push(update.alsoSet);
  const statement = `
    UPDATE (${derivedTable([key, ...columns], rows.length)}) AS written
      STRAIGHT_JOIN ${table} FORCE INDEX (PRIMARY) ON ${table}.${key} = written.${key}
    SET ${assignments.join(', ')}
    ${update.where === undefined ? '' : `WHERE ${update.where}`}`;
  const found = await sql.execute(statement, rows.flat());
  expectRows(found, rows.length, table);
}

/** The driver counts rows that were found, changed or not. */
export function expectRows(found: number, expected: number, table: string): void {
  if (found !== expected) throw new Error(`${found} of ${expected} rows of ${table} were there to be written`);
}
