interface Entry<T> {
  value: T;
  /** Milliseconds since the epoch. */
  goodUntilMs: number;
}

/**
 * What was found out about tokens, by their whole text, until they expire. Bounded: the older half of the entries is
 * dropped when the newer half is full; an entry that is used moves to the newer half.
 */
export class VerifiedTokens<T> {
  readonly #halfSize: number;
  #newer = new Map<string, Entry<T>>();
  #older = new Map<string, Entry<T>>();

  constructor(size: number) {
    this.#halfSize = Math.ceil(size / 2);
  }

  get(token: string, nowMs: number): T | undefined {
    let entry = this.#newer.get(token);
    if (entry === undefined) {
      entry = this.#older.get(token);
      if (entry === undefined) return undefined;
      if (nowMs < entry.goodUntilMs) this.#put(token, entry);
    }
    return nowMs < entry.goodUntilMs ? entry.value : undefined;
  }

  set(token: string, value: T, goodUntilMs: number): void {
    this.#put(token, { value, goodUntilMs });
  }

  clear(): void {
    this.#newer.clear();
    this.#older.clear();
  }

  get size(): number {
    return this.#newer.size + this.#older.size;
  }

  #put(token: string, entry: Entry<T>): void {
    if (this.#newer.size >= this.#halfSize) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(token, entry);
  }
}
