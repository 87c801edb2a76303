import type { OutboundMessage } from '@stagedoor/contracts';
import type { Scheduler } from '../scheduler.ts';

interface Row {
  id: bigint;
  shard: number;
  messages: OutboundMessage[];
  addedMs: number;
}

/** The table `outbox`, of what is committed: ids are given out before, so that a row can appear behind a later one. */
export class SimulatedOutbox {
  readonly #scheduler: Scheduler;
  #rows: Row[] = [];
  #lastId = 0n;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get rows(): number {
    return this.#rows.length;
  }

  /** As AUTO_INCREMENT does, also for what is never committed. */
  nextId(): bigint {
    return ++this.#lastId;
  }

  add(id: bigint, messages: OutboundMessage[], shard = 0): void {
    const isLate = id < (this.#rows.at(-1)?.id ?? 0n);
    this.#rows.push({ id, shard, messages, addedMs: this.#scheduler.nowMs });
    if (isLate) this.#rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  read(shard: number, limit: number) {
    return this.#rows
      .filter((row) => row.shard === shard)
      .slice(0, limit)
      .map(({ id, messages, addedMs }) => ({ id, messages, ageMs: this.#scheduler.nowMs - addedMs }));
  }

  remove(ids: readonly bigint[]): void {
    const gone = new Set(ids);
    this.#rows = this.#rows.filter(({ id }) => !gone.has(id));
  }
}
