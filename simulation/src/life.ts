import type { Clock } from '@stagedoor/platform';
import type { Scheduler } from './scheduler.ts';

// No process is scheduled to the microsecond.
const MAX_WAKE_DELAY_MS = 2;

/**
 * One life of one process, from its start to its crash. All that its code waits for comes through here: when it is dead
 * nothing goes on any more, as if its memory were gone; while it is paused everything waits until it is resumed.
 */
export class Life implements Clock {
  readonly name: string;
  /** How far its clock is ahead of the world's, in milliseconds. */
  skewMs: number;
  /** Called where it would hurt to crash: between two steps. */
  onHazard: (where: string) => void = () => {};
  readonly #scheduler: Scheduler;
  readonly #onEnd = new Set<() => void>();
  readonly #onPause = new Set<() => void>();
  readonly #onResume = new Set<() => void>();
  #paused: (() => void)[] | undefined;
  #dead = false;

  constructor(name: string, scheduler: Scheduler, skewMs: number) {
    this.name = name;
    this.#scheduler = scheduler;
    this.skewMs = skewMs;
  }

  get alive(): boolean {
    return !this.#dead;
  }

  get paused(): boolean {
    return this.#paused !== undefined;
  }

  now(): Date {
    return new Date(this.#scheduler.nowMs + this.skewMs);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#scheduler.after(ms + this.#scheduler.random() * MAX_WAKE_DELAY_MS, () =>
      this.run(() => {
        signal?.removeEventListener('abort', end);
        resolve();
      }),
    );
    const end = (): void => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', end, { once: true });
    return promise;
  }

  /** Does it if the process runs, later if it is paused, never if it is dead. */
  run(action: () => void): void {
    if (this.#dead) return;
    if (this.#paused !== undefined) this.#paused.push(action);
    else action();
  }

  /** What comes from outside reaches the process only while it lives. */
  guard<T>(outside: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      outside.then(
        (value) => this.run(() => resolve(value)),
        (error) => this.run(() => reject(error)),
      );
    });
  }

  /** A place between two steps, where it may crash. */
  hazard(where: string): Promise<void> {
    this.onHazard(where);
    return this.guard(Promise.resolve());
  }

  /** Calls back when it dies; answers how to take that back. */
  onEnd(callback: () => void): () => void {
    this.#onEnd.add(callback);
    return () => this.#onEnd.delete(callback);
  }

  onPause(callback: () => void): void {
    this.#onPause.add(callback);
  }

  onResume(callback: () => void): void {
    this.#onResume.add(callback);
  }

  die(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#paused = undefined;
    for (const callback of [...this.#onEnd]) callback();
  }

  pause(): void {
    if (this.#dead || this.#paused !== undefined) return;
    this.#paused = [];
    for (const callback of this.#onPause) callback();
  }

  resume(): void {
    const waiting = this.#paused;
    if (waiting === undefined) return;
    this.#paused = undefined;
    for (const callback of this.#onResume) callback();
    for (const action of waiting) this.run(action);
  }
}
