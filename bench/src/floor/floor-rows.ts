import type { Connection } from 'mariadb';
import { FLOOR_BATCH } from './floor-task.ts';
import type { WorkPerOp } from './work.ts';

/** A copy of a table, and what is written to it. */
interface CopiedTable {
  copy: string;
  columns: string[];
  /** Rows as they stand in the real table: the same widths, the same keys in the same order. */
  rows: unknown[][];
  keyColumn: number;
  inserted: number;
  updated: number;
  /** Written by each operation, not once a transaction. */
  perOp: boolean;
  /** A number outside every index, that an update changes; null where there is none. */
  changes: string | null;
}

// Rows that a transaction writes once, not each operation: in the floor they are written once a batch.
const PER_TRANSACTION = 0.5;

/** The rows of the floor: read beforehand, written in batches of 400 operations, a transaction for each database. */
export class FloorRows {
  readonly #connection: Connection;
  readonly #databases: CopiedTable[][];

  private constructor(connection: Connection, databases: CopiedTable[][]) {
    this.#connection = connection;
    this.#databases = databases;
  }

  static async prepare(connection: Connection, work: WorkPerOp, operations: number): Promise<FloorRows> {
    await connection.query('DROP DATABASE IF EXISTS floor');
    await connection.query('CREATE DATABASE floor CHARACTER SET utf8mb4');
    const databases = new Map<string, CopiedTable[]>();
    for (const [table, { inserted, updated }] of Object.entries(work.tables)) {
      const [database = '', name = ''] = table.split('.');
      const copy = `floor.${database}_${name}`;
      await connection.query(`CREATE TABLE ${copy} LIKE ${table}`);
      const perOp = inserted >= PER_TRANSACTION || updated >= PER_TRANSACTION;
      const wanted = perOp
        ? Math.ceil(operations * Math.max(inserted, updated > 0 ? 1 : 0))
        : Math.ceil(operations / FLOOR_BATCH);
      const rows = (await connection.query({ sql: `SELECT * FROM ${table} LIMIT ?`, rowsAsArray: true }, [
        wanted,
      ])) as unknown[][];
      const structure = await columnsOf(connection, database, name);
      // A table that is only updated holds its rows beforehand.
      const copied: CopiedTable = { copy, ...structure, rows, inserted, updated, perOp };
      if (inserted === 0)
        for (let from = 0; from < rows.length; from += FLOOR_BATCH)
          await insert(connection, copied, rows.slice(from, from + FLOOR_BATCH));
      databases.set(database, [...(databases.get(database) ?? []), copied]);
    }
    await connection.query(
      'CREATE TABLE floor.outbox (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, messages LONGTEXT NOT NULL) ENGINE = InnoDB',
    );
    return new FloorRows(connection, [...databases.values()]);
  }

  /** Writes batch `batch` of `batches`, `outbox` being the text of its messages. */
  async write(batch: number, batches: number, outbox: string): Promise<void> {
    const connection = this.#connection;
    for (const [index, tables] of this.#databases.entries()) {
      await connection.beginTransaction();
      for (const table of tables) {
        const rows = rowsOfBatch(table, batch, batches);
        if (rows.length === 0) continue;
        if (table.inserted > 0) await insert(connection, table, rows);
        for (let times = updatesOf(table); times > 0; times--) await update(connection, table, rows);
      }
      if (index === 0 && outbox !== '') {
        const { insertId } = await connection.query('INSERT INTO floor.outbox (messages) VALUES (?)', [outbox]);
        await connection.query('DELETE FROM floor.outbox WHERE id = ?', [insertId]);
      }
      await connection.commit();
    }
  }
}

function rowsOfBatch({ rows, perOp, inserted }: CopiedTable, batch: number, batches: number): unknown[][] {
  if (!perOp && inserted === 0) return rows.length === 0 ? [] : [rows[batch % rows.length] as unknown[]];
  const size = Math.ceil(rows.length / batches);
  return rows.slice(batch * size, (batch + 1) * size);
}

const updatesOf = ({ perOp, inserted, updated }: CopiedTable): number =>
  perOp ? Math.round(updated / Math.max(1, inserted)) : Math.ceil(Math.min(1, updated));

async function columnsOf(connection: Connection, database: string, table: string) {
  const all = (await connection.query(
    `SELECT COLUMN_NAME AS name, COLUMN_KEY AS keyed, DATA_TYPE AS type FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
  )) as { name: string; keyed: string; type: string }[];
  const indexed = new Set(
    (
      (await connection.query(
        'SELECT COLUMN_NAME AS name FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
        [database, table],
      )) as { name: string }[]
    ).map(({ name }) => name),
  );
  const keys = all.filter(({ keyed }) => keyed === 'PRI');
  return {
    columns: all.map(({ name }) => name),
    keyColumn: all.findIndex(({ keyed }) => keyed === 'PRI'),
    // Hot updates all go by one column's key.
    changes:
      keys.length > 1 ? null : (all.find(({ name, type }) => /int$/.test(type) && !indexed.has(name))?.name ?? null),
  };
}

async function insert(connection: Connection, { copy, columns }: CopiedTable, rows: unknown[][]): Promise<void> {
  const one = `(${columns.map(() => '?').join(',')})`;
  await connection.query(
    `INSERT INTO ${copy} (${columns.map((name) => `\`${name}\``).join(',')}) VALUES ${rows.map(() => one).join(',')}`,
    rows.flat(),
  );
}

async function update(connection: Connection, table: CopiedTable, rows: unknown[][]): Promise<void> {
  if (table.changes === null) return;
  const key = table.columns[table.keyColumn];
  const keys = [...new Set(rows.map((row) => row[table.keyColumn]))];
  await connection.query(
    `UPDATE ${table.copy} SET ${table.changes} = ${table.changes} + 1 WHERE ${key} IN (${keys.map(() => '?').join(',')})`,
    keys,
  );
}
