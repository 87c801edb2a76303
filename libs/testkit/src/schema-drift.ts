import { readFile } from 'node:fs/promises';
import { createConnection } from 'mariadb';
import { databaseShape } from './schema/database-shape.ts';
import { prismaShape } from './schema/prisma-shape.ts';
import type { ColumnShape, TableShape } from './schema/shape.ts';

/** Which database is compared with which description of it. */
export interface SchemaDriftOptions {
  /** mysql:// URL of a database that was migrated. */
  url: string;
  /** Path of the app's schema.prisma. */
  schema: string;
}

/**
 * Compares a migrated database with its schema.prisma: tables, columns, types, nullability, defaults, keys, uniques,
 * indexes, foreign keys. Also named is what `shared/facts.md` rules out for every app: a table that is not InnoDB, a text
 * column that does not compare byte by byte. Answers one line per difference; none means that the two agree.
 */
export async function schemaDrift({ url, schema }: SchemaDriftOptions): Promise<string[]> {
  const described = prismaShape(await readFile(schema, 'utf8'));
  const { hostname, port, username, password, pathname } = new URL(url);
  const connection = await createConnection({
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    allowPublicKeyRetrieval: true,
  });
  try {
    const drift = compareShapes(described, await databaseShape(connection));
    const unsafe = await connection.query<{ detail: string }[]>(
      `SELECT CONCAT(TABLE_NAME, ': engine ', ENGINE) AS detail FROM information_schema.TABLES
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '_prisma_migrations' AND ENGINE <> 'InnoDB'
       UNION ALL
       SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME, ': collation ', COLLATION_NAME) FROM information_schema.COLUMNS
       WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> '_prisma_migrations' AND COLLATION_NAME NOT LIKE '%\\_bin'`,
    );
    return [...drift, ...unsafe.map(({ detail }) => detail)];
  } finally {
    await connection.end();
  }
}

/** What differs between a schema.prisma (`described`) and a database (`found`), one line each. */
export function compareShapes(described: Map<string, TableShape>, found: Map<string, TableShape>): string[] {
  return matched(described, found).flatMap(([table, prisma, database]) => {
    if (prisma === undefined) return [`${table}: only in the database`];
    if (database === undefined) return [`${table}: only in schema.prisma`];
    return compareTables(prisma, database).map((difference) => `${table}${difference}`);
  });
}

/** The entries of both maps by key: those of the first in its order, then those that only the second has. */
function matched<T>(left: Map<string, T>, right: Map<string, T>): [string, T | undefined, T | undefined][] {
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => [key, left.get(key), right.get(key)]);
}

function compareTables(prisma: TableShape, database: TableShape): string[] {
  const differences = matched(prisma.columns, database.columns).flatMap(([column, described, found]) => {
    if (described === undefined) return [`.${column}: only in the database`];
    if (found === undefined) return [`.${column}: only in schema.prisma`];
    return compareColumns(described, found).map((difference) => `.${column}: ${difference}`);
  });
  if (prisma.primaryKey.join() !== database.primaryKey.join())
    differences.push(`: primary key ${versus(prisma.primaryKey.join(), database.primaryKey.join())}`);
  for (const [name, described, found] of matched(prisma.indexes, database.indexes)) {
    const [left, right] = [described, found].map(
      (index) => index && `${index.unique ? 'unique ' : ''}(${index.columns.join(', ')})`,
    );
    if (left !== right) differences.push(`: index ${name} ${versus(left ?? 'missing', right ?? 'missing')}`);
  }
  const keys = new Set([...prisma.foreignKeys, ...database.foreignKeys]);
  for (const key of keys) {
    if (!database.foreignKeys.has(key)) differences.push(`: foreign key ${key} only in schema.prisma`);
    if (!prisma.foreignKeys.has(key)) differences.push(`: foreign key ${key} only in the database`);
  }
  return differences;
}

const versus = (prisma: string, database: string): string =>
  `is ${prisma} in schema.prisma, ${database} in the database`;

function compareColumns(prisma: ColumnShape, database: ColumnShape): string[] {
  const differences: string[] = [];
  // MariaDB keeps JSON as text.
  const sameType = prisma.type === database.type || (prisma.type === 'json' && database.type === 'longtext');
  if (!sameType) differences.push(`type ${versus(prisma.type, database.type)}`);
  if (prisma.nullable !== database.nullable)
    differences.push(`nullable ${versus(String(prisma.nullable), String(database.nullable))}`);
  if (prisma.autoIncrement !== database.autoIncrement)
    differences.push(`auto increment ${versus(String(prisma.autoIncrement), String(database.autoIncrement))}`);
  if (prisma.default !== undefined && prisma.default !== database.default)
    differences.push(`default ${versus(prisma.default ?? 'nothing', database.default ?? 'nothing')}`);
  return differences;
}
