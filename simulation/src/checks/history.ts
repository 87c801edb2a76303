import { isDeepStrictEqual } from 'node:util';
import type { World } from '../world.ts';
import type { Broken } from './broken.ts';

/** Every row of the databases, as they are now. */
export const rowsOf = ({ databases }: World): Map<string, Map<unknown, unknown>> =>
  new Map(
    Object.entries(databases).flatMap(([name, { tables }]) =>
      Object.entries(tables).map(([table, rows]: [string, Map<unknown, unknown> | unknown[]]) => [
        `${name}.${table}`,
        new Map(rows.entries() as Iterable<[unknown, unknown]>),
      ]),
    ),
  );

/** What history has changed that was played once more: nothing may be. */
export function changedRows(before: ReturnType<typeof rowsOf>, after: ReturnType<typeof rowsOf>): Broken[] {
  return [...after].flatMap(([table, rows]) => {
    const known = before.get(table) ?? new Map<unknown, unknown>();
    const keys = [...new Set([...known.keys(), ...rows.keys()])];
    return keys
      .filter((key) => !isDeepStrictEqual(known.get(key), rows.get(key)))
      .map((key) => ({ invariant: 'history', detail: `${table} ${key} changed when everything was read once more` }));
  });
}
