import {
  bracketList,
  namedArgument,
  type PrismaAttribute,
  type PrismaBlock,
  prismaAttributes,
  prismaBlocks,
  unquoted,
} from './prisma-text.ts';
import { type ColumnShape, foreignKeyText, type TableShape } from './shape.ts';

// Identifiers of MySQL end here, and Prisma cuts the names that it derives.
const MAX_NAME_CHARACTERS = 64;

// What Prisma makes of a type without a @db attribute (documented for its MySQL connector).
const defaultTypes: Record<string, string> = {
  String: 'varchar(191)',
  Boolean: 'tinyint(1)',
  Int: 'int',
  BigInt: 'bigint',
  Float: 'double',
  Decimal: 'decimal(65,30)',
  DateTime: 'datetime(3)',
  Json: 'json',
  Bytes: 'longblob',
};

/** The tables that a schema.prisma describes, by name. */
export function prismaShape(source: string): Map<string, TableShape> {
  const blocks = prismaBlocks(source);
  const enums = new Map(blocks.filter(({ kind }) => kind === 'enum').map((block) => [block.name, enumType(block)]));
  const models = new Map(blocks.filter(({ kind }) => kind === 'model').map((block) => [block.name, block]));
  const shapes = new Map([...models.values()].map((model) => [mappedName(model), tableShape(model, models, enums)]));
  // Then the client keeps relations, and the database has no foreign keys.
  if (/^\s*relationMode\s*=\s*"prisma"/m.test(source)) for (const shape of shapes.values()) shape.foreignKeys.clear();
  return shapes;
}

const blockAttributes = (block: PrismaBlock): PrismaAttribute[] =>
  block.lines.filter((line) => line.startsWith('@@')).flatMap(prismaAttributes);

const mappedName = (block: PrismaBlock): string => {
  const map = blockAttributes(block).find(({ name }) => name === 'map');
  return map === undefined ? block.name : unquoted(map.text);
};

function enumType(block: PrismaBlock): string {
  const values = block.lines
    .filter((line) => !line.startsWith('@@'))
    .map((line) => {
      const map = prismaAttributes(line).find(({ name }) => name === 'map');
      return map === undefined ? line.split(/\s/)[0] : unquoted(map.text);
    });
  return `enum(${values.map((value) => `'${value}'`).join(',')})`;
}

interface Field {
  name: string;
  type: string;
  modifier: string;
  attributes: PrismaAttribute[];
  column: string;
}

function fieldsOf(block: PrismaBlock): Field[] {
  return block.lines
    .filter((line) => !line.startsWith('@@'))
    .map((line) => {
      const match = /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line);
      if (match === null) throw new Error(`${block.name}: cannot read ${line}`);
      const [, name = '', type = '', modifier = '', rest = ''] = match;
      const attributes = prismaAttributes(rest);
      const map = attributes.find((attribute) => attribute.name === 'map');
      return { name, type, modifier, attributes, column: map === undefined ? name : unquoted(map.text) };
    });
}

function tableShape(model: PrismaBlock, models: Map<string, PrismaBlock>, enums: Map<string, string>): TableShape {
  const table = mappedName(model);
  const fields = fieldsOf(model);
  const columnOf = new Map(fields.map(({ name, column }) => [name, column]));
  const shape: TableShape = { columns: new Map(), primaryKey: [], indexes: new Map(), foreignKeys: new Set() };

  const keyColumns = (entries: string[], names: Map<string, string>): string[] =>
    entries.map((entry) => {
      const name = /^\w+/.exec(entry)?.[0] ?? '';
      const length = /length:\s*(\d+)/.exec(entry)?.[1];
      const descending = /sort:\s*Desc/.test(entry) ? ' DESC' : '';
      return `${names.get(name) ?? name}${length === undefined ? '' : `(${length})`}${descending}`;
    });
  const addIndex = (unique: boolean, columns: string[], map: string | undefined): void => {
    const plain = columns.map((column) => column.replace(/[ (].*$/, ''));
    const derived = `${table}_${plain.join('_')}`;
    const suffix = unique ? '_key' : '_idx';
    const name = map === undefined ? derived.slice(0, MAX_NAME_CHARACTERS - suffix.length) + suffix : unquoted(map);
    shape.indexes.set(name, { unique, columns });
  };

  for (const field of fields) {
    if (models.has(field.type)) {
      const relation = field.attributes.find(({ name }) => name === 'relation')?.text ?? '';
      const target = models.get(field.type);
      const own = namedArgument(relation, 'fields');
      if (own === undefined || target === undefined) continue;
      const targetColumns = new Map(fieldsOf(target).map(({ name, column }) => [name, column]));
      const references = keyColumns(bracketList(namedArgument(relation, 'references') ?? ''), targetColumns);
      shape.foreignKeys.add(foreignKeyText(keyColumns(bracketList(own), columnOf), mappedName(target), references));
      continue;
    }
    shape.columns.set(field.column, columnShape(field, enums));
    for (const { name, text } of field.attributes) {
      if (name === 'id') shape.primaryKey = [field.column];
      if (name === 'unique') addIndex(true, [field.column], namedArgument(text, 'map'));
    }
  }
  for (const { name, text } of blockAttributes(model)) {
    const columns = keyColumns(bracketList(text), columnOf);
    if (name === 'id') shape.primaryKey = columns;
    if (name === 'unique' || name === 'index') addIndex(name === 'unique', columns, namedArgument(text, 'map'));
  }
  return shape;
}

function columnShape({ type, modifier, attributes }: Field, enums: Map<string, string>): ColumnShape {
  const native = attributes.find(({ name }) => name.startsWith('db.'));
  const given = attributes.find(({ name }) => name === 'default')?.text;
  const columnType = enums.get(type) ?? (native === undefined ? defaultTypes[type] : nativeType(native));
  if (columnType === undefined) throw new Error(`unknown type ${type}`);
  return {
    type: columnType,
    nullable: modifier === '?',
    default: defaultOf(given),
    autoIncrement: given === 'autoincrement()',
  };
}

function nativeType({ name, text }: PrismaAttribute): string {
  const type = name.slice('db.'.length);
  const argument = text === '' ? '' : `(${text.replaceAll(' ', '')})`;
  if (type.startsWith('Unsigned')) return `${type.slice('Unsigned'.length).toLowerCase()}${argument} unsigned`;
  return `${type.toLowerCase()}${argument}`;
}

/** Null: none in the database. Undefined: an expression that only the database can judge. */
function defaultOf(given: string | undefined): string | null | undefined {
  if (given === undefined || given === 'autoincrement()') return null;
  if (given === 'now()') return 'current_timestamp';
  if (given === 'true') return '1';
  if (given === 'false') return '0';
  if (given.startsWith('dbgenerated')) return undefined;
  // uuid(), cuid() and the like are the client's.
  return given.includes('(') ? null : unquoted(given);
}
