/** What can be compared of a table, in words that do not depend on the server or on Prisma. */
export interface TableShape {
  columns: Map<string, ColumnShape>;
  /** In key order. */
  primaryKey: string[];
  /** By name; unique ones included, the primary key not. */
  indexes: Map<string, IndexShape>;
  /** `columns -> table(columns)`. */
  foreignKeys: Set<string>;
}

export interface ColumnShape {
  /** As `information_schema` writes it, in lower case and without display widths: `varchar(64)`, `bigint unsigned`. */
  type: string;
  nullable: boolean;
  /** Null where there is none, undefined where it cannot be compared. */
  default: string | null | undefined;
  autoIncrement: boolean;
}

export interface IndexShape {
  unique: boolean;
  /** In key order, with `(length)` and ` DESC` where they are set. */
  columns: string[];
}

/** `columns -> table(columns)`, the way both sides name a foreign key. */
export const foreignKeyText = (columns: readonly string[], table: string, references: readonly string[]): string =>
  `${columns.join(', ')} -> ${table}(${references.join(', ')})`;
