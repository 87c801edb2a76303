import type { RawMessage } from '@stagedoor/contracts';
import { OffsetTracker, type Ticket } from './offset-tracker.ts';

/** What a partition may have in hand before it is paused. */
export interface InFlightBounds {
  messages: number;
  bytes: number;
}

// Of the bound on messages: when so many wait for something to come back, fetching more only fills memory.
const RETRIED_SHARE = 1 / 10;

/** A partition under one assignment: what of it is in hand, and how far it is done. */
export class AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #bounds: InFlightBounds;
  readonly #tracker = new OffsetTracker();
  #messages = 0;
  #bytes = 0;
  #retried = 0;
  #committed: bigint | undefined;
  #over = false;
  paused = false;
  highWatermark: bigint | undefined;

  constructor(topic: string, partition: number, bounds: InFlightBounds) {
    this.topic = topic;
    this.partition = partition;
    this.#bounds = bounds;
  }

  /** Its assignment has ended: what is still in hand will come again, here or elsewhere. */
  end(): void {
    this.#over = true;
  }

  get over(): boolean {
    return this.#over;
  }

  get inFlight(): number {
    return this.#messages;
  }

  /** Messages that are not processed yet, as of the last fetch. */
  get lag(): number {
    const { position } = this.#tracker;
    if (this.highWatermark === undefined || position === undefined || position > this.highWatermark) return 0;
    return Number(this.highWatermark - position);
  }

  /** The offset to commit, or undefined when there is nothing new. */
  get toCommit(): bigint | undefined {
    const { position } = this.#tracker;
    return position !== undefined && position !== this.#committed ? position : undefined;
  }

  /** Offsets that go back belong to another log under the same name (deleted and made again): this one is over. */
  continuesAt(offset: bigint): boolean {
    return this.#tracker.next === undefined || offset >= this.#tracker.next;
  }

  start(raw: RawMessage): Ticket {
    const offset = BigInt(raw.offset);
    // What was committed when the assignment began, as far as it matters: before this nothing was left to do.
    this.#committed ??= offset;
    this.#messages++;
    this.#bytes += sizeOf(raw);
    return this.#tracker.start(offset);
  }

  finish(ticket: Ticket): void {
    this.#tracker.finish(ticket);
  }

  /** The message is not in hand any more, finished or not. */
  release(raw: RawMessage): void {
    this.#messages--;
    this.#bytes -= sizeOf(raw);
  }

  passTo(next: bigint): void {
    this.#tracker.passTo(next);
  }

  committed(offset: bigint): void {
    this.#committed = offset;
  }

  /** So many more (or fewer) of its messages wait to be tried again. */
  retried(change: number): void {
    this.#retried += change;
  }

  /** Whether enough is in hand. */
  get full(): boolean {
    return (
      this.#messages >= this.#bounds.messages || this.#bytes >= this.#bounds.bytes || this.#retried > this.#mostRetried
    );
  }

  /** Whether there is room again; well below full, so that it does not stop and go with every message. */
  get roomy(): boolean {
    return (
      this.#messages <= this.#bounds.messages / 2 &&
      this.#bytes <= this.#bounds.bytes / 2 &&
      this.#retried <= this.#mostRetried
    );
  }

  get #mostRetried(): number {
    return this.#bounds.messages * RETRIED_SHARE;
  }
}

// An empty record takes memory as well.
const RECORD_BYTES = 200;

const sizeOf = ({ key, value }: RawMessage): number => RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
