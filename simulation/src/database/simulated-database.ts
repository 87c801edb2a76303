import type { OutboundMessage } from '@stagedoor/contracts';
import type { OutboxStore } from '@stagedoor/messaging';
import { type LeaseStore, TransientError, type UnitOfWork } from '@stagedoor/platform';
import type { FaultRates } from '../faults.ts';
import type { Life } from '../life.ts';
import type { Scheduler } from '../scheduler.ts';
import { SimulatedOutbox } from './simulated-outbox.ts';
import { Table, TableView, type UniqueKeys } from './table-view.ts';
import { HeldByAnother, LostARace, Transaction } from './transaction.ts';

const MAX_LATENCY_MS = 2;
// The server ends the transaction of a client that stands still; others wait for its locks until then.
const TRANSACTION_TIMEOUT_MS = 2_000;
const LOCK_WAIT_TIMEOUT_MS = 1_500;
const MAX_ATTEMPTS = 8;

/** Statements that lock nothing; every other one locks the rows that it reads by key in the table named as its store. */
const PLAIN_READ = /^(find|has|claiming)/;

/** What every transaction has. */
interface AnyTx {
  outbox: { add(messages: readonly OutboundMessage[]): Promise<void> };
}

/** The keys of the secondary unique indexes, by table. */
export type UniqueKeysOf<Tables> = {
  [Name in keyof Tables]?: Tables[Name] extends Map<unknown, infer Row> ? UniqueKeys<Row> : never;
};

/** How a SimulatedDatabase is set up. */
export interface SimulatedDatabaseOptions<Tables extends object, Tx extends AnyTx> {
  name: string;
  scheduler: Scheduler;
  faults: FaultRates;
  /** Maps of rows by primary key, and lists that are only ever added to. Rows are replaced, never changed. */
  tables: Tables;
  uniqueKeys: UniqueKeysOf<Tables>;
  /** The app's stores in memory, over a transaction's view of the tables. */
  bind(tables: Tables, afterCommit: (callback: () => void) => void): Tx;
  /** Called after each commit. */
  onCommit(): void;
  /** Called when a statement meets what no caller expects: a check, a key or a state that only a lost update explains. */
  onMistake(detail: string): void;
}

/** What a process has of its database. */
export interface DatabaseLink<Tables, Tx> {
  unitOfWork: UnitOfWork<Tx>;
  outbox: OutboxStore;
  leases: LeaseStore;
  /** A read outside of transactions. */
  read<T>(query: (tables: Tables) => T): Promise<T>;
}

/**
 * A service's database, which outlives its processes. Transactions of all replicas interleave, statement by statement, at
 * READ COMMITTED with row locks (table-view.ts); each statement takes time, and between any two of them, and around the
 * commit, anything can fail.
 */
export class SimulatedDatabase<Tables extends object, Tx extends AnyTx> {
  /** What is committed. */
  readonly tables: Tables;
  /** While false, nobody can connect and no commit arrives. */
  reachable = true;
  readonly #options: SimulatedDatabaseOptions<Tables, Tx>;
  readonly #tables: Table<unknown, unknown>[];
  readonly outbox: SimulatedOutbox;
  readonly #leases = new Map<string, { holder: string; untilMs: number }>();

  constructor(options: SimulatedDatabaseOptions<Tables, Tx>) {
    this.#options = options;
    this.tables = options.tables;
    this.outbox = new SimulatedOutbox(options.scheduler);
    this.#tables = Object.entries(options.tables)
      .filter(([, rows]) => rows instanceof Map)
      .map(([name, rows]) => new Table(name, rows, options.uniqueKeys[name as keyof Tables] as UniqueKeys<unknown>));
  }

  /** @param nudge called in the process after a commit that added messages */
  connect(life: Life, nudge: () => void): DatabaseLink<Tables, Tx> {
    const { scheduler } = this.#options;
    const ask = async <T>(action: () => T): Promise<T> => {
      await this.#way(life);
      this.#refuseIfAway();
      const answer = action();
      await this.#way(life);
      return answer;
    };
    return {
      unitOfWork: { run: (work) => this.#run(life, work, nudge) },
      read: (query) => ask(() => query(this.tables)),
      outbox: {
        read: (shard, limit) => ask(() => this.outbox.read(shard, limit)),
        remove: async (ids) => {
          await life.hazard('between the send and the removal from the outbox');
          await ask(() => this.outbox.remove(ids));
        },
        atMost: () => ask(() => this.outbox.rows),
      },
      leases: {
        tryAcquire: (name, holder, ttlMs) =>
          ask(() => {
            const lease = this.#leases.get(name);
            if (lease !== undefined && lease.holder !== holder && lease.untilMs > scheduler.nowMs) return false;
            this.#leases.set(name, { holder, untilMs: scheduler.nowMs + ttlMs });
            return true;
          }),
        release: (name, holder) =>
          ask(() => {
            if (this.#leases.get(name)?.holder === holder) this.#leases.delete(name);
          }),
      },
    };
  }

  #way(life: Life): Promise<void> {
    return life.sleep(this.#options.scheduler.random() * MAX_LATENCY_MS);
  }

  #refuseIfAway(): void {
    if (!this.reachable) throw new TransientError(`the database ${this.#options.name} cannot be reached`);
  }

  async #run<T>(life: Life, work: (tx: Tx) => Promise<T>, nudge: () => void): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(life, work, nudge);
      } catch (error) {
        if (!(error instanceof LostARace) || attempt >= MAX_ATTEMPTS) throw error;
        await life.sleep(this.#options.scheduler.random() * 20);
      }
    }
  }

  async #once<T>(life: Life, work: (tx: Tx) => Promise<T>, nudge: () => void): Promise<T> {
    const { scheduler } = this.#options;
    const transaction = new Transaction();
    const forget = life.onEnd(() => transaction.end());
    const timeout = scheduler.after(TRANSACTION_TIMEOUT_MS, () => transaction.end());
    try {
      await this.#way(life);
      this.#refuseIfAway();
      const writes = this.#begin(transaction);
      const afterCommit: (() => void)[] = [];
      const result = await work(this.#stepwise(writes, life, transaction, afterCommit));
      await life.hazard('before the commit');
      await life.guard(this.#commit(life, transaction, writes));
      await life.hazard('after the commit');
      if (writes.messages.length > 0) nudge();
      for (const callback of afterCommit) callback();
      return result;
    } finally {
      timeout();
      forget();
      transaction.end();
    }
  }

  /** What the transaction sees of each table, and the lists to which it adds. */
  #begin(transaction: Transaction): Writes<Tables> {
    const views = this.#tables.map((table) => new TableView(table, transaction));
    const lists = Object.entries(this.tables)
      .filter(([, rows]) => !(rows instanceof Map))
      .map(([name, committed]) => ({ name, committed: committed as unknown[], added: [] as unknown[] }));
    const tables = Object.fromEntries([
      ...this.#tables.map(({ name }, index) => [name, views[index]]),
      ...lists.map(({ name, added }) => [name, added]),
    ]) as Tables;
    return { tables, views, lists, messages: [] };
  }

  /** On its way and at the server: goes on also when the process that asked for it is gone. */
  async #commit(life: Life, transaction: Transaction, { views, lists, messages }: Writes<Tables>): Promise<void> {
    const { scheduler, faults, name, onCommit } = this.#options;
    if (transaction.state === 'ended') throw new TransientError('the connection was lost');
    transaction.state = 'committing';
    await scheduler.sleep(scheduler.random() * MAX_LATENCY_MS);
    const lost = !this.reachable || scheduler.chance(faults.lostCommit);
    if (lost) scheduler.trace(life.name, `loses its connection to ${name} before the commit`);
    else {
      for (const view of views) view.commit();
      for (const { committed, added } of lists) committed.push(...added);
      for (const { id, together } of messages) this.outbox.add(id, together);
      scheduler.trace(life.name, `commits to ${name}`);
      onCommit();
    }
    transaction.state = 'open';
    transaction.end();
    const unheard = !lost && scheduler.chance(faults.unknownCommit);
    if (unheard) scheduler.trace(life.name, 'never hears of it');
    await scheduler.sleep(scheduler.random() * MAX_LATENCY_MS);
    if (lost || unheard) throw new TransientError('the outcome of COMMIT is not known');
  }

  /** The app's stores, whose every method is a statement. */
  #stepwise(writes: Writes<Tables>, life: Life, transaction: Transaction, afterCommit: (() => void)[]): Tx {
    const bound = this.#options.bind(writes.tables, (callback) => afterCommit.push(callback));
    const stores = Object.entries(bound).map(([storeName, store]) => {
      if (typeof store !== 'object' || store === null) return [storeName, store];
      const methods = Object.entries(store as Record<string, Statement>).map(([method, call]) => {
        const lockedTable = PLAIN_READ.test(method) ? undefined : storeName;
        const statement = `${storeName}.${method}`;
        return [
          method,
          (...args: unknown[]) => this.#execute(statement, lockedTable, life, transaction, () => call(...args)),
        ];
      });
      return [storeName, Object.fromEntries(methods)];
    });
    const outbox = {
      add: async (messages: readonly OutboundMessage[]) => {
        if (messages.length === 0) return;
        await this.#step('outbox.add', life, transaction);
        writes.messages.push({ id: this.outbox.nextId(), together: [...messages] });
      },
    };
    return { ...Object.fromEntries(stores), outbox } as Tx;
  }

  /** Every statement takes time, and can be the last. */
  async #step(statement: string, life: Life, transaction: Transaction): Promise<void> {
    const { scheduler, faults } = this.#options;
    await life.hazard(statement);
    await this.#way(life);
    if (transaction.state === 'ended') throw new TransientError('the connection was lost');
    if (scheduler.chance(faults.deadlock)) this.#rollBack(statement, 'a deadlock', life, transaction);
  }

  /** Runs a statement, again after each wait for a lock: what it locked so far it keeps, what it wrote is taken back. */
  async #execute<T>(
    statement: string,
    lockedTable: string | undefined,
    life: Life,
    transaction: Transaction,
    call: () => Promise<T>,
  ): Promise<T> {
    await this.#step(statement, life, transaction);
    for (;;) {
      transaction.lockedTable = lockedTable;
      transaction.undo = [];
      try {
        return await call();
      } catch (error) {
        transaction.undoStatement();
        if (!(error instanceof HeldByAnother)) {
          // What stores throw on purpose has a class of its own.
          const isMistake = error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
          if (isMistake) this.#options.onMistake(`${life.name}, ${statement}: ${error.message}`);
          throw error;
        }
        await this.#wait(statement, error.holder, life, transaction);
      }
    }
  }

  async #wait(statement: string, holder: Transaction, life: Life, transaction: Transaction): Promise<void> {
    const { scheduler } = this.#options;
    scheduler.trace(life.name, `waits for a lock at ${statement}`);
    let waitedTooLong = false;
    const giveUp = scheduler.after(LOCK_WAIT_TIMEOUT_MS, () => {
      waitedTooLong = true;
      transaction.end();
    });
    try {
      await life.guard(transaction.waitFor(holder));
    } catch (error) {
      if (error instanceof LostARace) this.#rollBack(statement, error.message, life, transaction);
      throw error;
    } finally {
      giveUp();
    }
    if (waitedTooLong) this.#rollBack(statement, 'too long a wait', life, transaction);
    if (transaction.state === 'ended') throw new TransientError('the connection was lost');
  }

  #rollBack(statement: string, why: string, life: Life, transaction: Transaction): never {
    this.#options.scheduler.trace(life.name, `is rolled back by ${why} at ${statement}`);
    transaction.end();
    throw new LostARace(why);
  }
}

type Statement = (...args: unknown[]) => Promise<unknown>;

/** What a transaction has done so far. */
interface Writes<Tables> {
  tables: Tables;
  views: TableView<unknown, unknown>[];
  lists: { committed: unknown[]; added: unknown[] }[];
  /** Each an outbox row. */
  messages: { id: bigint; together: OutboundMessage[] }[];
}
