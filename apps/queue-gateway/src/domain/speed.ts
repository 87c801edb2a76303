/** How far a line had come at a moment. */
interface Sample {
  atMs: number;
  serving: number;
}

// Shorter, and chance decides; longer, and what was long ago does.
const SHORTEST_WINDOW_MS = 5_000;
const LONGEST_WINDOW_MS = 60_000;
const MAX_SAMPLES = 64;

/**
 * How fast a line moves while somebody waits in it. An empty line says nothing about that: it forgets what it has seen
 * and answers null.
 */
export class Speed {
  #samples: Sample[] = [];

  /** @param waiting how many wait behind `serving` */
  observe(atMs: number, serving: number, waiting: number): void {
    if (waiting === 0) {
      this.#samples = [];
      return;
    }
    const oldest = atMs - LONGEST_WINDOW_MS;
    this.#samples = this.#samples.filter((sample) => sample.atMs >= oldest).slice(1 - MAX_SAMPLES);
    this.#samples.push({ atMs, serving });
  }

  /** Places per second; null while too little was seen. */
  get perSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < SHORTEST_WINDOW_MS) return null;
    return ((last.serving - first.serving) * 1000) / (last.atMs - first.atMs);
  }
}
