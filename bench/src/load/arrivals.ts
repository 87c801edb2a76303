/** mulberry32: small, fast, and good enough to scatter arrivals. From 0 up to 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The moments of an open-loop crowd, in ms from 0 up to `forMs`: each comes by itself, whatever became of those before
 * (exponential gaps). They are decided before the run, so a slow system cannot slow its own load down.
 */
export function arrivals(ratePerSecond: number, forMs: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const moments: number[] = [];
  for (let at = 0; ; ) {
    at += (-Math.log(1 - random()) * 1000) / ratePerSecond;
    if (at >= forMs) return Float64Array.from(moments);
    moments.push(at);
  }
}
