/**
 * Rows in one statement. MariaDB turns an IN list of 1,000 values or more into a subquery, which it plans and locks in
 * another way; a row is up to three values.
 */
export const ROWS_PER_STATEMENT = 300;

/** The items in their order, so many at a time that each part fits a statement. */
export function* chunks<T>(items: readonly T[], size: number = ROWS_PER_STATEMENT): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
