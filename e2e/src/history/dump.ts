import { connectionSettings } from '@stagedoor/platform';
import { createConnection } from 'mariadb';

/**
 * What of each database may differ after its history was read again, and nothing else:
 * who leads at the moment, and how often a request was seen (a count of arrivals, kept for the timeline).
 */
const NOT_STATE: { tables: readonly string[]; columns: Readonly<Record<string, readonly string[]>> } = {
  tables: ['leases', '_prisma_migrations'],
  columns: { decisions: ['requests_seen'] },
};

/** Every row of every table, as text, by `database.table`; rows in the order of their text. */
export type Dump = ReadonlyMap<string, readonly string[]>;

/** Reads four databases whole, but for what is not state; for systems as small as a test's. */
export async function dump(urls: Readonly<Record<string, string>>): Promise<Dump> {
  const tables = new Map<string, readonly string[]>();
  for (const [name, url] of Object.entries(urls)) {
    const settings = connectionSettings(url);
    const connection = await createConnection({ ...settings, dateStrings: true });
    try {
      const names: { name: string }[] = await connection.query(
        'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY table_name',
        [settings.database],
      );
      for (const table of names.map((row) => row.name).filter((each) => !NOT_STATE.tables.includes(each))) {
        const left = new Set(NOT_STATE.columns[table] ?? []);
        const rows: Record<string, unknown>[] = await connection.query(`SELECT * FROM \`${table}\``);
        const texts = rows.map((row) =>
          JSON.stringify(Object.fromEntries(Object.entries(row).filter(([column]) => !left.has(column))), (_, value) =>
            typeof value === 'bigint' ? String(value) : value,
          ),
        );
        tables.set(`${name}.${table}`, texts.sort());
      }
    } finally {
      await connection.end();
    }
  }
  return tables;
}

/** One line for each row that only one of them has; at most `limit`. */
export function differences(before: Dump, after: Dump, limit = 20): string[] {
  const lines: string[] = [];
  for (const table of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(table) ?? [], after.get(table) ?? []];
    const [known, seen] = [new Set(old), new Set(now)];
    lines.push(...old.filter((row) => !seen.has(row)).map((row) => `- ${table} ${row}`));
    lines.push(...now.filter((row) => !known.has(row)).map((row) => `+ ${table} ${row}`));
  }
  return lines.slice(0, limit);
}

/** How many rows each table has: that something was compared at all. */
export const sizes = (of: Dump): Record<string, number> =>
  Object.fromEntries([...of].map(([table, rows]) => [table, rows.length]));
