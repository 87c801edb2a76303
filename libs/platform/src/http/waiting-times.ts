const SLICES = 10;

/** Counts what is under way, and how much of it for longer than a given time, to a tenth of that time. */
export class WaitingTimes {
  readonly #sliceMs: number;
  /** What was started in each of the last slices of time and is still under way, in a ring. */
  readonly #young = new Uint32Array(SLICES);
  #youngCount = 0;
  #slice = 0;
  #count = 0;

  constructor(longMs: number) {
    this.#sliceMs = longMs / SLICES;
  }

  get count(): number {
    return this.#count;
  }

  /** Begins one; what is answered ends it. */
  start(nowMs: number): () => void {
    this.#turnTo(nowMs);
    const slice = this.#slice;
    this.#count++;
    this.#youngCount++;
    this.#young[slice % SLICES] = this.#at(slice) + 1;
    return () => {
      this.#count--;
      if (slice <= this.#slice - SLICES) return;
      this.#youngCount--;
      this.#young[slice % SLICES] = this.#at(slice) - 1;
    };
  }

  /** How many have been under way for long. */
  longAt(nowMs: number): number {
    this.#turnTo(nowMs);
    return this.#count - this.#youngCount;
  }

  #at(slice: number): number {
    return this.#young[slice % SLICES] as number;
  }

  /** What was started in the slices that the ring forgets has been under way for long. */
  #turnTo(nowMs: number): void {
    const slice = Math.floor(nowMs / this.#sliceMs);
    for (let turns = Math.min(slice - this.#slice, SLICES); turns > 0; turns--) {
      const forgotten = slice - turns + 1;
      this.#youngCount -= this.#at(forgotten);
      this.#young[forgotten % SLICES] = 0;
    }
    this.#slice = Math.max(slice, this.#slice);
  }
}
