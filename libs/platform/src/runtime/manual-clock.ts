import type { Clock } from './clock.ts';

interface Sleeper {
  wakeAtMs: number;
  wake(): void;
}

/** A clock that stands still until it is told to go on: for tests and simulations. Sleepers wake in the order of time. */
export class ManualClock implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];

  constructor(start: Date = new Date('2026-01-01T00:00:00.000Z')) {
    this.#nowMs = start.getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        wakeAtMs: this.#nowMs + Math.max(ms, 0),
        wake: () => {
          this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get nextWake(): Date | undefined {
    const next = this.#next();
    return next && new Date(next.wakeAtMs);
  }

  /** Moves on; who wakes on the way has run until it waits for something else before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(); next !== undefined && next.wakeAtMs <= untilMs; next = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
      next.wake();
      await turn();
    }
    this.#nowMs = untilMs;
    await turn();
  }

  /** Sets the clock, also backwards, as an administrator would: nobody wakes. */
  set(now: Date): void {
    this.#nowMs = now.getTime();
  }

  #next(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.wakeAtMs < first.wakeAtMs ? sleeper : first),
      undefined,
    );
  }
}

/** One turn of the event loop, after which every chain of promises that could go on has gone on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
