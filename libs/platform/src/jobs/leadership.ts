import type { Clock } from '../runtime/clock.ts';

/** Keeps leases by name; the expiry is judged by the store's own clock. */
export interface LeaseStore {
  /** Takes or prolongs the lease for `ttlMs` from now; false while another holder has it. */
  tryAcquire(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease back if `holder` has it. */
  release(name: string, holder: string): Promise<void>;
}

/**
 * Whether this process leads, by a lease that it renews when a third of its time is left. A lease saves work and keeps
 * order in the normal case; it proves nothing (a process can stall right after it asked), so what must hold is guarded
 * by the data as well.
 */
export class Leadership {
  readonly #store: LeaseStore;
  readonly #name: string;
  readonly #holder: string;
  readonly #ttlMs: number;
  readonly #clock: Clock;
  #heldUntilMs = 0;
  #askedAtMs = 0;
  #asking: Promise<boolean> | undefined;

  constructor(store: LeaseStore, name: string, holder: string, ttlMs: number, clock: Clock) {
    this.#store = store;
    this.#name = name;
    this.#holder = holder;
    this.#ttlMs = ttlMs;
    this.#clock = clock;
  }

  /** Answers from memory while more than a third of the lease is left. Rejects only when the store fails and no time is left. */
  isLeader(): Promise<boolean> {
    const nowMs = this.#clock.now().getTime();
    // A clock that was set back would stretch the lease in our eyes alone: ask again.
    const wasSetBack = nowMs < this.#askedAtMs;
    if (!wasSetBack && this.#heldUntilMs - nowMs > this.#ttlMs / 3) return Promise.resolve(true);
    if (wasSetBack) this.#heldUntilMs = 0;
    this.#asking ??= this.#ask(nowMs).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** Lets another process lead at once. */
  async release(): Promise<void> {
    await this.#asking?.catch(() => {});
    this.#heldUntilMs = 0;
    await this.#store.release(this.#name, this.#holder);
  }

  async #ask(nowMs: number): Promise<boolean> {
    this.#askedAtMs = nowMs;
    try {
      const held = await this.#store.tryAcquire(this.#name, this.#holder, this.#ttlMs);
      // Counted from before the question, so that we never believe in the lease for longer than the store does.
      this.#heldUntilMs = held ? nowMs + this.#ttlMs : 0;
      return held;
    } catch (error) {
      if (this.#clock.now().getTime() < this.#heldUntilMs) return true;
      throw error;
    }
  }
}
