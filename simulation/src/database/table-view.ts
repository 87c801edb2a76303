import type { Locks, Transaction } from './transaction.ts';

/** The keys of a table's secondary unique indexes under which a row stands, each with the index's name in it. */
export type UniqueKeys<Row> = (row: Row) => string[];

/** A table: what is committed, and who holds what of it. */
export class Table<Key, Row> {
  readonly name: string;
  readonly rows: Map<Key, Row>;
  readonly locks: Locks<Key> = new Map();
  readonly indexLocks: Locks<string> = new Map();
  readonly uniqueKeys: UniqueKeys<Row> | undefined;

  constructor(name: string, rows: Map<Key, Row>, uniqueKeys?: UniqueKeys<Row>) {
    this.name = name;
    this.rows = rows;
    this.uniqueKeys = uniqueKeys;
  }
}

/**
 * A table as one transaction sees it at READ COMMITTED: its own writes over whatever is committed at the moment of each
 * statement. What a statement writes it holds until the transaction's end, with the unique keys that it takes or frees;
 * what a locking statement reads by key it holds as well, if it is there. Scans hold nothing, and nor does a gap.
 */
export class TableView<Key, Row> extends Map<Key, Row> {
  readonly #table: Table<Key, Row>;
  readonly #transaction: Transaction;
  readonly #deleted = new Set<Key>();

  constructor(table: Table<Key, Row>, transaction: Transaction) {
    super();
    this.#table = table;
    this.#transaction = transaction;
  }

  override get(key: Key): Row | undefined {
    this.#lockIfAsked(key);
    return this.#row(key);
  }

  override has(key: Key): boolean {
    this.#lockIfAsked(key);
    return this.#isThere(key);
  }

  override set(key: Key, row: Row): this {
    this.#write(key, row);
    super.set(key, row);
    this.#deleted.delete(key);
    return this;
  }

  override delete(key: Key): boolean {
    const wasThere = this.#isThere(key);
    this.#write(key, undefined);
    super.delete(key);
    this.#deleted.add(key);
    return wasThere;
  }

  override get size(): number {
    return this.#seen().size;
  }

  override keys(): MapIterator<Key> {
    return this.#seen().keys();
  }

  override values(): MapIterator<Row> {
    return this.#seen().values();
  }

  override entries(): MapIterator<[Key, Row]> {
    return this.#seen().entries();
  }

  override [Symbol.iterator](): MapIterator<[Key, Row]> {
    return this.entries();
  }

  override forEach(callback: (row: Row, key: Key, map: Map<Key, Row>) => void): void {
    this.#seen().forEach(callback);
  }

  /** Makes what was written what is committed. */
  commit(): void {
    for (const key of this.#deleted) this.#table.rows.delete(key);
    for (const [key, row] of super.entries()) this.#table.rows.set(key, row);
  }

  #isThere(key: Key): boolean {
    return super.has(key) || (!this.#deleted.has(key) && this.#table.rows.has(key));
  }

  #row(key: Key): Row | undefined {
    if (super.has(key)) return super.get(key);
    return this.#deleted.has(key) ? undefined : this.#table.rows.get(key);
  }

  #seen(): Map<Key, Row> {
    if (super.size === 0 && this.#deleted.size === 0) return this.#table.rows;
    const seen = new Map(this.#table.rows);
    for (const key of this.#deleted) seen.delete(key);
    for (const [key, row] of super.entries()) seen.set(key, row);
    return seen;
  }

  #lockIfAsked(key: Key): void {
    const { name, rows, locks } = this.#table;
    if (this.#transaction.lockedTable !== name) return;
    // What another transaction has inserted and not committed is waited for as well.
    if (rows.has(key) || locks.has(key)) this.#transaction.lock(locks, key);
  }

  #write(key: Key, row: Row | undefined): void {
    const { locks, indexLocks, uniqueKeys } = this.#table;
    this.#transaction.lock(locks, key);
    if (uniqueKeys !== undefined) {
      const before = this.#row(key);
      const freed = before === undefined ? [] : uniqueKeys(before);
      const taken = row === undefined ? [] : uniqueKeys(row);
      // An entry that stays is not written.
      for (const entry of taken) if (!freed.includes(entry)) this.#transaction.lock(indexLocks, entry);
      for (const entry of freed) if (!taken.includes(entry)) this.#transaction.lock(indexLocks, entry);
    }
    const [hadOwn, own, wasDeleted] = [super.has(key), super.get(key), this.#deleted.has(key)];
    this.#transaction.undo.push(() => {
      if (hadOwn) super.set(key, own as Row);
      else super.delete(key);
      if (wasDeleted) this.#deleted.add(key);
      else this.#deleted.delete(key);
    });
  }
}
