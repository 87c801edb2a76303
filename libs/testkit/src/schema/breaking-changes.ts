import type { ColumnShape, TableShape } from './shape.ts';

/**
 * What of a schema change the version before it would notice: it serves on while the new one starts, and comes back on a
 * rollback. One line each; none means that the change only expands (docs/runbooks/migrations.md).
 */
export function breakingChanges(before: Map<string, TableShape>, after: Map<string, TableShape>): string[] {
  return [...before].flatMap(([name, table]) => {
    const changed = after.get(name);
    return changed === undefined
      ? [`${name}: dropped`]
      : breakingTableChanges(table, changed).map((why) => `${name}${why}`);
  });
}

function breakingTableChanges(before: TableShape, after: TableShape): string[] {
  const found: string[] = [];
  for (const [name, column] of before.columns) {
    const changed = after.columns.get(name);
    found.push(
      ...(changed === undefined ? ['dropped'] : breakingColumnChanges(column, changed)).map(
        (why) => `.${name}: ${why}`,
      ),
    );
  }
  for (const [name, column] of after.columns) {
    const mustBeGiven = !column.nullable && column.default === null && !column.autoIncrement;
    if (!before.columns.has(name) && mustBeGiven) found.push(`.${name}: an insert that does not know it fails`);
  }
  if (before.primaryKey.join() !== after.primaryKey.join()) found.push(': another primary key');
  for (const [name, index] of after.indexes) {
    const known = before.indexes.get(name);
    if (index.unique && known?.columns.join() !== index.columns.join()) found.push(`: unique ${name} may refuse a row`);
  }
  for (const [name, index] of before.indexes) {
    if (index.unique && !after.indexes.has(name)) found.push(`: unique ${name} is what an upsert goes by`);
  }
  return found;
}

function breakingColumnChanges(before: ColumnShape, after: ColumnShape): string[] {
  const found: string[] = [];
  if (!isWidened(before.type, after.type)) found.push(`${before.type} became ${after.type}`);
  if (before.nullable && !after.nullable) found.push('must not be null any more');
  if (before.default !== null && after.default === null && !after.nullable) found.push('lost its default');
  return found;
}

/** The same type, a longer text of the same kind, or an enum with more values at its end. */
function isWidened(before: string, after: string): boolean {
  if (before === after) return true;
  const [text, longer] = [
    /^(var(?:char|binary))\((\d+)\)$/.exec(before),
    /^(var(?:char|binary))\((\d+)\)$/.exec(after),
  ];
  if (text !== null && longer !== null) return text[1] === longer[1] && Number(longer[2]) >= Number(text[2]);
  return before.startsWith('enum(') && after.startsWith(`${before.slice(0, -1)},`);
}
