import type { OutboundMessage } from '@stagedoor/contracts';
import type { OutboxStore } from '@stagedoor/messaging';
import { type LeaseStore, TransientError, type UnitOfWork } from '@stagedoor/platform';
import type { FaultRates } from './faults.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';

const MAX_LATENCY_MS = 2;
// The server ends the transaction of a client that stands still; others wait for its locks until then.
const TRANSACTION_TIMEOUT_MS = 2_000;
const MAX_ATTEMPTS = 8;

/** What every transaction has. */
interface AnyTx {
  outbox: { add(messages: readonly OutboundMessage[]): Promise<void> };
}

interface OutboxEntry {
  id: bigint;
  messages: OutboundMessage[];
  addedMs: number;
}

interface Transaction {
  state: 'open' | 'committing' | 'ended';
  start?: () => void;
}

class Deadlock extends Error {
  override readonly name = 'Deadlock';
}

/** How a SimulatedDatabase is set up. */
export interface SimulatedDatabaseOptions<Tables extends object, Tx extends AnyTx> {
  name: string;
  scheduler: Scheduler;
  faults: FaultRates;
  tables: Tables;
  /** The app's stores in memory, over a transaction's copy of the tables. */
  bind(tables: Tables, afterCommit: (callback: () => void) => void): Tx;
  /** Called after each commit. */
  onCommit(before: Tables, after: Tables): void;
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
 * A service's database, which outlives its processes. Transactions run one after another, each on a copy of the tables;
 * each statement takes time, and between any two of them, and around the commit, anything can fail.
 */
export class SimulatedDatabase<Tables extends object, Tx extends AnyTx> {
  tables: Tables;
  /** While false, nobody can connect and no commit arrives. */
  reachable = true;
  readonly #options: SimulatedDatabaseOptions<Tables, Tx>;
  #outbox: OutboxEntry[] = [];
  #lastId = 0n;
  #holder: Transaction | undefined;
  readonly #waiting: Transaction[] = [];
  readonly #leases = new Map<string, { holder: string; untilMs: number }>();

  constructor(options: SimulatedDatabaseOptions<Tables, Tx>) {
    this.#options = options;
    this.tables = options.tables;
  }

  get outboxRows(): number {
    return this.#outbox.length;
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
        read: (_shard, limit) =>
          ask(() =>
            this.#outbox
              .slice(0, limit)
              .map(({ id, messages, addedMs }) => ({ id, messages, ageMs: scheduler.nowMs - addedMs })),
          ),
        remove: async (ids) => {
          await life.hazard('between the send and the removal from the outbox');
          await ask(() => this.#remove(ids));
        },
        atMost: () => ask(() => this.#outbox.length),
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

  #remove(ids: readonly bigint[]): void {
    const gone = new Set(ids);
    this.#outbox = this.#outbox.filter(({ id }) => !gone.has(id));
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
        if (!(error instanceof Deadlock) || attempt >= MAX_ATTEMPTS) throw error;
        await life.sleep(this.#options.scheduler.random() * 20);
      }
    }
  }

  async #once<T>(life: Life, work: (tx: Tx) => Promise<T>, nudge: () => void): Promise<T> {
    const { scheduler, bind } = this.#options;
    const transaction: Transaction = { state: 'open' };
    const forget = life.onEnd(() => this.#end(transaction));
    let timeout = (): void => {};
    try {
      await this.#way(life);
      this.#refuseIfAway();
      await life.guard(this.#turn(transaction));
      timeout = scheduler.after(TRANSACTION_TIMEOUT_MS, () => this.#end(transaction));
      const draft = copyOf(this.tables);
      const afterCommit: (() => void)[] = [];
      const added: OutboundMessage[][] = [];
      const tx = this.#stepwise(
        bind(draft, (callback) => afterCommit.push(callback)),
        life,
        transaction,
        added,
      );
      const result = await work(tx);
      await life.hazard('before the commit');
      await life.guard(this.#commit(life, transaction, draft, added));
      await life.hazard('after the commit');
      if (added.length > 0) nudge();
      for (const callback of afterCommit) callback();
      return result;
    } finally {
      timeout();
      forget();
      this.#end(transaction);
    }
  }

  /** On its way and at the server: goes on also when the process that asked for it is gone. */
  async #commit(life: Life, transaction: Transaction, draft: Tables, added: OutboundMessage[][]): Promise<void> {
    const { scheduler, faults, name, onCommit } = this.#options;
    if (transaction.state === 'ended') throw new TransientError('the connection was lost');
    transaction.state = 'committing';
    await scheduler.sleep(scheduler.random() * MAX_LATENCY_MS);
    const lost = !this.reachable || scheduler.chance(faults.lostCommit);
    if (lost) scheduler.trace(life.name, `loses its connection to ${name} before the commit`);
    else {
      const before = this.tables;
      this.tables = draft;
      for (const messages of added) {
        this.#outbox.push({ id: ++this.#lastId, messages, addedMs: scheduler.nowMs });
      }
      scheduler.trace(life.name, `commits to ${name}`);
      onCommit(before, draft);
    }
    transaction.state = 'open';
    this.#end(transaction);
    const unheard = !lost && scheduler.chance(faults.unknownCommit);
    if (unheard) scheduler.trace(life.name, 'never hears of it');
    await scheduler.sleep(scheduler.random() * MAX_LATENCY_MS);
    if (lost || unheard) throw new TransientError('the outcome of COMMIT is not known');
  }

  /** Every statement takes time, and can be the last. */
  #stepwise(tx: Tx, life: Life, transaction: Transaction, added: OutboundMessage[][]): Tx {
    const { scheduler, faults } = this.#options;
    const step = async (what: string): Promise<void> => {
      await life.hazard(what);
      await this.#way(life);
      if (transaction.state === 'ended') throw new TransientError('the connection was lost');
      if (!scheduler.chance(faults.deadlock)) return;
      scheduler.trace(life.name, `is rolled back by a deadlock at ${what}`);
      this.#end(transaction);
      throw new Deadlock(what);
    };
    const stores = Object.entries(tx).map(([storeName, store]) => {
      if (typeof store !== 'object' || store === null) return [storeName, store];
      const methods = Object.entries(store).map(([method, call]) => [
        method,
        async (...args: unknown[]) => {
          await step(`${storeName}.${method}`);
          return (call as (...given: unknown[]) => unknown)(...args);
        },
      ]);
      return [storeName, Object.fromEntries(methods)];
    });
    const outbox = {
      add: async (messages: readonly OutboundMessage[]) => {
        if (messages.length === 0) return;
        await step('outbox.add');
        added.push([...messages]);
      },
    };
    return { ...Object.fromEntries(stores), outbox } as Tx;
  }

  #turn(transaction: Transaction): Promise<void> {
    return new Promise((resolve) => {
      transaction.start = resolve;
      this.#waiting.push(transaction);
      this.#next();
    });
  }

  #next(): void {
    while (this.#holder === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.state === 'ended') continue;
      this.#holder = next;
      next.start?.();
    }
  }

  /** Rolls back what is not committed and lets the next one in; what is on its way to be committed stays. */
  #end(transaction: Transaction): void {
    if (transaction.state === 'committing') return;
    transaction.state = 'ended';
    if (this.#holder !== transaction) return;
    this.#holder = undefined;
    this.#next();
  }
}

/** Rows are immutable, so a copy of the containers is a copy of the tables. */
function copyOf<Tables extends object>(tables: Tables): Tables {
  const copies = Object.entries(tables).map(([name, rows]) => [name, rows instanceof Map ? new Map(rows) : [...rows]]);
  return Object.fromEntries(copies) as Tables;
}
