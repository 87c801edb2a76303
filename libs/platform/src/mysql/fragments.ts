/** `(?,?),(?,?)`: the VALUES of a multi-row INSERT. */
export function values(rows: number, columns: number): string {
  atLeastOne(rows, 'rows');
  return repeat(`(${repeat('?', columns)})`, rows);
}

/** `?,?,?`: what stands between the brackets of IN (…). */
export function inList(n: number): string {
  atLeastOne(n, 'values');
  return repeat('?', n);
}

/**
 * `SELECT ? AS a, ? AS b UNION ALL SELECT ?, ? …`: rows of parameters to join an UPDATE with, in a form that MariaDB and
 * MySQL both take.
 */
export function derivedTable(columns: string[], rows: number): string {
  atLeastOne(columns.length, 'columns');
  atLeastOne(rows, 'rows');
  const first = `SELECT ${columns.map((column) => `? AS ${column}`).join(', ')}`;
  return rows === 1 ? first : first + ` UNION ALL SELECT ${repeat('?', columns.length)}`.repeat(rows - 1);
}

function repeat(part: string, times: number): string {
  atLeastOne(times, 'columns');
  return part + `,${part}`.repeat(times - 1);
}

// An empty IN () or VALUES is a syntax error in the database; here it is caught where it was made.
function atLeastOne(n: number, what: string): void {
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`a statement needs at least one of its ${what}, got ${n}`);
}
