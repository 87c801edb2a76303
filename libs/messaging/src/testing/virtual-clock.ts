import type { Clock } from '@stagedoor/platform';

interface Timer {
  atMs: number;
  /** Timers of one moment fire in the order in which they were set. */
  order: number;
  fire(): void;
}

/** Time that passes only when it is told to, in steps from timer to timer. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: Timer[] = [];
  #order = 0;

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer: Timer = {
      atMs: this.#nowMs + Math.max(ms, 0),
      order: this.#order++,
      fire: () => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      },
    };
    const cancel = (): void => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      resolve();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    this.#timers.push(timer);
    return promise;
  }

  /**
   * Fires timer after timer, each once everything that could run has run, until `done`.
   * @throws Error after `limitMs` of virtual time, or when nothing is left that could happen
   */
  async runUntil(done: () => boolean, limitMs = 3_600_000): Promise<void> {
    const endMs = this.#nowMs + limitMs;
    for (;;) {
      await settled();
      if (done()) return;
      const next = this.#takeNext();
      if (next === undefined) throw new Error('nothing is left that could happen');
      if (next.atMs > endMs) throw new Error(`not done after ${limitMs} ms of virtual time`);
      this.#nowMs = next.atMs;
      next.fire();
    }
  }

  /** Lets so much time pass. */
  async advance(ms: number): Promise<void> {
    let over = false;
    void this.sleep(ms).then(() => {
      over = true;
    });
    await this.runUntil(() => over, ms);
  }

  #takeNext(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order)) {
        next = timer;
      }
    }
    if (next !== undefined) this.#timers = this.#timers.filter((timer) => timer !== next);
    return next;
  }
}

/** Every promise that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
