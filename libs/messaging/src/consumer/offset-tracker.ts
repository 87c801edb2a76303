/** One message in hand. */
export interface Ticket {
  readonly offset: bigint;
  finished: boolean;
}

// Finished tickets at the front are dropped together, so that dropping costs nothing per message.
const COMPACT_FROM = 1_024;

/**
 * How far one assigned partition is processed without a gap. Messages start in offset order and finish in any; offsets may
 * have gaps (transaction markers, compaction), so what counts is which messages were handed out, not their numbers.
 */
export class OffsetTracker {
  #tickets: Ticket[] = [];
  #firstOpen = 0;
  #next: bigint | undefined;

  /** The offset that may be committed: everything below it that was handed out is finished. Undefined before any fetch. */
  get position(): bigint | undefined {
    return this.#tickets[this.#firstOpen]?.offset ?? this.#next;
  }

  /** The offset after the last one that was handed out or passed over. */
  get next(): bigint | undefined {
    return this.#next;
  }

  /** Tickets that are held on to. */
  get kept(): number {
    return this.#tickets.length;
  }

  /** @throws RangeError when the offset is not above all earlier ones */
  start(offset: bigint): Ticket {
    if (this.#next !== undefined && offset < this.#next) throw new RangeError(`offset ${offset} after ${this.#next}`);
    this.#next = offset + 1n;
    const ticket = { offset, finished: false };
    this.#tickets.push(ticket);
    return ticket;
  }

  finish(ticket: Ticket): void {
    ticket.finished = true;
    while (this.#tickets[this.#firstOpen]?.finished) this.#firstOpen++;
    if (this.#firstOpen >= COMPACT_FROM && this.#firstOpen * 2 >= this.#tickets.length) {
      this.#tickets = this.#tickets.slice(this.#firstOpen);
      this.#firstOpen = 0;
    }
  }

  /** There is nothing (more) to process below this offset. */
  passTo(next: bigint): void {
    if (this.#next === undefined || next > this.#next) this.#next = next;
  }
}
