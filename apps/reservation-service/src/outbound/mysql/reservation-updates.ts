import { derivedTable, inList } from '@stagedoor/platform';
import type { Reservation } from '../../domain/reservation.ts';
import { chunks } from './chunks.ts';
import { columns, type Field, fields } from './reservation-rows.ts';

export interface Statement {
  sql: string;
  params: unknown[];
}

interface Change {
  before: Reservation;
  after: Reservation;
}

/**
 * The fewest statements that write what differs: rows in which the same columns change share one, and a value that all of
 * its rows share is written once. A batch of one kind of transition is one statement of little more than its ids.
 */
export function updateStatements(changes: readonly Change[]): Statement[] {
  const groups = new Map<string, { changed: Field[]; rows: Reservation[] }>();
  for (const { before, after } of changes) {
    const changed = fields.filter((field) => !isSame(before[field], after[field]));
    if (changed.length === 0) continue;
    const group = groups.get(changed.join()) ?? { changed, rows: [] };
    group.rows.push(after);
    groups.set(changed.join(), group);
  }
  return [...groups.values()].flatMap(({ changed, rows }) =>
    Array.from(chunks(rows), (chunk) => updateOf(changed, chunk)),
  );
}

function updateOf(changed: readonly Field[], rows: readonly Reservation[]): Statement {
  const [first] = rows as readonly [Reservation];
  const varying = changed.filter((field) => rows.some((row) => !isSame(row[field], first[field])));
  const shared = changed.filter((field) => !varying.includes(field));
  const sharedParams = shared.map((field) => first[field]);
  if (varying.length === 0) {
    const assignments = shared.map((field) => `${columns[field]} = ?`).join(', ');
    return {
      sql: `UPDATE reservations SET ${assignments} WHERE id IN (${inList(rows.length)})`,
      params: [...sharedParams, ...rows.map(({ id }) => id)],
    };
  }
  const own: Field[] = ['id', ...varying];
  const assignments = [
    ...varying.map((field) => `r.${columns[field]} = d.${columns[field]}`),
    ...shared.map((field) => `r.${columns[field]} = ?`),
  ].join(', ');
  const values = derivedTable(
    own.map((field) => columns[field]),
    rows.length,
  );
  return {
    // Compared as what the column is, so that no database converts the column and passes its index by.
    sql: `UPDATE reservations r JOIN (${values}) d ON r.id = CONVERT(d.id USING ascii) SET ${assignments}`,
    params: [...rows.flatMap((row) => own.map((field) => row[field])), ...sharedParams],
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;
}
