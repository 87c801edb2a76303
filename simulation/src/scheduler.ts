import { seededRandom } from '@stagedoor/messaging/testing/fixtures';
import type { Clock } from '@stagedoor/platform';

interface Timer {
  atMs: number;
  /** Drawn, not counted: what is due at one moment happens in any order. */
  order: number;
  fire: (() => void) | undefined;
}

const START_MS = Date.UTC(2026, 0, 1, 10);
const FNV_PRIME = 16_777_619;

/**
 * Owns time, chance and every step of a run: whatever is asynchronous waits for a timer here, timers fire one by one, and
 * between two of them everything that can go on has gone on. So the same seed gives the same run.
 */
export class Scheduler implements Clock {
  readonly random: () => number;
  /** Of everything that happened, so that two runs can be compared. */
  hash = 2_166_136_261;
  steps = 0;
  /** Requests of people that are under way. */
  requests = 0;
  readonly lines: string[] = [];
  readonly #tracing: boolean;
  readonly #heap: Timer[] = [];
  readonly #startMs: number;
  #nowMs: number;

  constructor(seed: number, tracing: boolean, startMs = START_MS) {
    this.random = seededRandom(seed);
    this.#tracing = tracing;
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Milliseconds since the run began. */
  get elapsedMs(): number {
    return this.#nowMs - this.#startMs;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** Notes what happened: in the hash always, as a line when tracing. `detail` is only asked for then. */
  trace(who: string, what: string, detail?: () => string): void {
    const head = `${this.elapsedMs.toFixed(3)} ${who} ${what}`;
    for (let i = 0; i < head.length; i++) this.hash = Math.imul(this.hash ^ head.charCodeAt(i), FNV_PRIME) >>> 0;
    if (!this.#tracing) return;
    this.lines.push(
      `${(this.elapsedMs / 1_000).toFixed(3).padStart(8)}  ${who.padEnd(14)} ${what} ${detail?.() ?? ''}`,
    );
  }

  /** Calls `fire` so many milliseconds from now; answers how to take that back. */
  after(ms: number, fire: () => void): () => void {
    const timer: Timer = { atMs: this.#nowMs + Math.max(ms, 0), order: this.random(), fire };
    push(this.#heap, timer);
    return () => {
      timer.fire = undefined;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.after(ms, () => {
      signal?.removeEventListener('abort', end);
      resolve();
    });
    const end = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
    return promise;
  }

  /** Fires timers until `done`, or until so much time has passed. Answers whether it is done. */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await settled();
      if (done()) return true;
      const next = pop(this.#heap);
      if (next === undefined) {
        this.#nowMs = endMs;
        return false;
      }
      if (next.fire === undefined) continue;
      if (next.atMs > endMs) {
        push(this.#heap, next);
        this.#nowMs = endMs;
        return false;
      }
      this.#nowMs = next.atMs;
      this.steps++;
      next.fire();
    }
  }
}

/** Resolves once every promise that can go on has gone on: ticks come after all microtasks. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

const before = (a: Timer, b: Timer): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let index = heap.length;
  heap.push(timer);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(timer, heap[parent] as Timer)) break;
    heap[index] = heap[parent] as Timer;
    index = parent;
  }
  heap[index] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
    if (!before(heap[child] as Timer, last)) break;
    heap[index] = heap[child] as Timer;
    index = child;
  }
  heap[index] = last;
  return first;
}
