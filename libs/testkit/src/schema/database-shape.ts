import type { Connection } from 'mariadb';
import { foreignKeyText, type TableShape } from './shape.ts';

/** What `information_schema` says about the database that the connection has chosen, by table. */
export async function databaseShape(connection: Connection): Promise<Map<string, TableShape>> {
  const tables = await connection.query<{ name: string }[]>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND TABLE_NAME <> '_prisma_migrations'`,
  );
  const shapes = new Map<string, TableShape>(
    tables.map(({ name }) => [
      name,
      { columns: new Map(), primaryKey: [], indexes: new Map(), foreignKeys: new Set() },
    ]),
  );
  await readColumns(connection, shapes);
  await readIndexes(connection, shapes);
  await readForeignKeys(connection, shapes);
  return shapes;
}

async function readColumns(connection: Connection, shapes: Map<string, TableShape>): Promise<void> {
  const rows = await connection.query<Record<string, string | null>[]>(
    `SELECT TABLE_NAME AS tableName, COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable,
            COLUMN_DEFAULT AS given, EXTRA AS extra
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  for (const { tableName, name, type, nullable, given, extra } of rows) {
    shapes.get(tableName ?? '')?.columns.set(name ?? '', {
      type: normalType(type ?? ''),
      nullable: nullable === 'YES',
      default: normalDefault(given ?? null),
      autoIncrement: /auto_increment/i.test(extra ?? ''),
    });
  }
}

/** MariaDB still writes display widths, which mean nothing; tinyint(1) alone says that it is a boolean. */
function normalType(type: string): string {
  if (type === 'tinyint(1)') return type;
  return type.startsWith('enum') ? type : type.toLowerCase().replace(/^((?:tiny|small|medium|big)?int)\(\d+\)/, '$1');
}

/** MariaDB writes defaults as SQL (`'x'`, `NULL`), MySQL as their bare text. */
function normalDefault(text: string | null): string | null {
  if (text === null || text === 'NULL') return null;
  if (/^current_timestamp/i.test(text)) return 'current_timestamp';
  return text.replace(/^'(.*)'$/s, '$1').replaceAll("''", "'");
}

async function readIndexes(connection: Connection, shapes: Map<string, TableShape>): Promise<void> {
  const rows = await connection.query<
    { tableName: string; name: string; nonUnique: number | bigint; columnName: string; length: unknown; sort: string }[]
  >(
    `SELECT TABLE_NAME AS tableName, INDEX_NAME AS name, NON_UNIQUE AS nonUnique, COLUMN_NAME AS columnName,
            SUB_PART AS length, COLLATION AS sort
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`,
  );
  for (const { tableName, name, nonUnique, columnName, length, sort } of rows) {
    const shape = shapes.get(tableName);
    if (shape === undefined) continue;
    const column = `${columnName}${length === null ? '' : `(${String(length)})`}${sort === 'D' ? ' DESC' : ''}`;
    if (name === 'PRIMARY') {
      shape.primaryKey.push(column);
      continue;
    }
    const index = shape.indexes.get(name) ?? { unique: Number(nonUnique) === 0, columns: [] };
    index.columns.push(column);
    shape.indexes.set(name, index);
  }
}

async function readForeignKeys(connection: Connection, shapes: Map<string, TableShape>): Promise<void> {
  const rows = await connection.query<Record<'tableName' | 'name' | 'columnName' | 'target' | 'reference', string>[]>(
    `SELECT TABLE_NAME AS tableName, CONSTRAINT_NAME AS name, COLUMN_NAME AS columnName,
            REFERENCED_TABLE_NAME AS target, REFERENCED_COLUMN_NAME AS reference
     FROM information_schema.KEY_COLUMN_USAGE
     WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
     ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION`,
  );
  const keys = Map.groupBy(rows, ({ tableName, name }) => `${tableName} ${name}`);
  for (const columns of keys.values()) {
    const [{ tableName, name, target } = { tableName: '', name: '', target: '' }] = columns;
    const shape = shapes.get(tableName);
    shape?.foreignKeys.add(
      foreignKeyText(
        columns.map(({ columnName }) => columnName),
        target,
        columns.map(({ reference }) => reference),
      ),
    );
    // The server makes an index for a foreign key that has none, under the key's own name: Prisma does not list it.
    shape?.indexes.delete(name);
  }
}
