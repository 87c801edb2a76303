/**
 * A parameter as the driver may see it: a Date becomes UTC text, because the driver would write it in the process's own
 * time zone.
 * @throws TypeError for undefined, arrays, objects and what else the driver would expand or guess about
 */
export function toSqlParameter(value: unknown): string | number | bigint | boolean | Buffer | null {
  switch (typeof value) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no value for a statement`);
      return value;
    default:
      if (value === null || Buffer.isBuffer(value)) return value;
      if (value instanceof Date) return toSqlDateTime(value);
      throw new TypeError(
        `a parameter of type ${Array.isArray(value) ? 'array' : typeof value} is no value for a statement`,
      );
  }
}

/** `2026-11-22 10:00:00.123`, in UTC. */
export function toSqlDateTime(date: Date): string {
  const text = date.toISOString();
  // Years outside of 0-9999 have a sign and two more digits, which no DATETIME takes.
  if (text.length !== 24) throw new RangeError(`${text} does not fit a DATETIME`);
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`;
}

/** Turns the text of DATETIME columns into Dates, in place; `columns` are their names. */
export function readDateTimes(rows: Record<string, unknown>[], columns: string[]): void {
  for (const row of rows) {
    for (const column of columns) {
      const text = row[column];
      if (typeof text === 'string') row[column] = new Date(`${text.replace(' ', 'T')}Z`);
    }
  }
}
