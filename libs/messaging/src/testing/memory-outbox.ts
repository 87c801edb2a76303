import type { OutboundMessage } from '@stagedoor/contracts';
import type { Clock } from '@stagedoor/platform';
import type { OutboxRow, OutboxStore } from '../outbox/outbox-store.ts';

interface StoredRow {
  id: bigint;
  shard: number;
  messages: OutboundMessage[];
  addedMs: number;
}

/** An outbox in memory; it passes the same contract suite as the table. */
export class MemoryOutbox implements OutboxStore {
  readonly #clock: Clock;
  #rows: StoredRow[] = [];
  #lastId = 0n;
  /** Removals that fail from now on, after nothing was removed. */
  failingRemovals = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes an id, as an INSERT does, before the transaction commits. */
  nextId(): bigint {
    return ++this.#lastId;
  }

  /** What a commit makes visible. */
  add(messages: OutboundMessage[], shard = 0, id = this.nextId()): void {
    this.#rows.push({ id, shard, messages, addedMs: this.#clock.now().getTime() });
    this.#rows.sort((a, b) => Number(a.id - b.id));
  }

  async read(shard: number, limit: number): Promise<OutboxRow[]> {
    await this.#clock.sleep(1);
    const nowMs = this.#clock.now().getTime();
    return this.#rows
      .filter((row) => row.shard === shard)
      .slice(0, limit)
      .map(({ id, messages, addedMs }) => ({ id, messages, ageMs: nowMs - addedMs }));
  }

  async remove(ids: readonly bigint[]): Promise<void> {
    await this.#clock.sleep(1);
    if (this.failingRemovals > 0) {
      this.failingRemovals--;
      throw new Error('the database went away');
    }
    const gone = new Set(ids);
    this.#rows = this.#rows.filter(({ id }) => !gone.has(id));
  }

  async atMost(): Promise<number> {
    const [first] = this.#rows;
    const last = this.#rows.at(-1);
    return first === undefined || last === undefined ? 0 : Number(last.id - first.id) + 1;
  }

  get size(): number {
    return this.#rows.length;
  }
}
