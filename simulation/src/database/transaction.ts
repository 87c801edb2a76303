/** Who holds each row, or each entry of a unique index. */
export type Locks<Key> = Map<Key, Transaction>;

/** The statement meets what another transaction holds: it waits for the end of that one and is run again. */
export class HeldByAnother extends Error {
  override readonly name = 'HeldByAnother';
  readonly holder: Transaction;

  constructor(holder: Transaction) {
    super('held by another transaction');
    this.holder = holder;
  }
}

/** The database has rolled the transaction back, as a deadlock's victim or after too long a wait: it is to be tried again. */
export class LostARace extends Error {
  override readonly name = 'LostARace';
}

/** One transaction as the database has it: its state, and what it holds until its end. */
export class Transaction {
  state: 'open' | 'committing' | 'ended' = 'open';
  /** The table that the statement in hand locks the rows of which it reads by their keys; undefined: a plain read. */
  lockedTable: string | undefined;
  /** How to take back what the statement in hand has written. */
  undo: (() => void)[] = [];
  #waitsFor: Transaction | undefined;
  readonly #held: [Locks<unknown>, unknown][] = [];
  readonly #ended: (() => void)[] = [];
  #goOn: (() => void) | undefined;

  /** @throws HeldByAnother */
  lock<Key>(locks: Locks<Key>, key: Key): void {
    const holder = locks.get(key);
    if (holder === this) return;
    if (holder !== undefined) throw new HeldByAnother(holder);
    locks.set(key, this);
    this.#held.push([locks as Locks<unknown>, key]);
  }

  /**
   * Resolves once `holder` has ended, or this transaction itself.
   * @throws LostARace when `holder` waits, itself or by way of others, for this one
   */
  waitFor(holder: Transaction): Promise<void> {
    for (let next: Transaction | undefined = holder; next !== undefined; next = next.#waitsFor) {
      if (next === this) throw new LostARace('a deadlock');
    }
    this.#waitsFor = holder;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#goOn = () => {
      this.#waitsFor = undefined;
      this.#goOn = undefined;
      resolve();
    };
    holder.#ended.push(() => this.#goOn?.());
    return promise;
  }

  undoStatement(): void {
    for (const takeBack of this.undo.toReversed()) takeBack();
    this.undo = [];
  }

  /** Gives up what it holds. What is on its way to be committed stays until that is over. */
  end(): void {
    if (this.state !== 'open') return;
    this.state = 'ended';
    for (const [locks, key] of this.#held) locks.delete(key);
    this.#goOn?.();
    for (const callback of this.#ended) callback();
  }
}
