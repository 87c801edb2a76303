/** How far a drain has come at one moment. */
export interface DrainSample {
  second: number;
  settled: number;
  megabytes: number;
}

/** What a drain came to, its first quarter beside its last. */
export interface Drained {
  perSecond: number;
  startPerSecond: number;
  endPerSecond: number;
  startMegabytes: number;
  endMegabytes: number;
  /** Why it does not count. */
  notes: string[];
}

const EDGE_SHARE = 0.25;
const KEPT_RATE = 0.9;
/** Memory that does not grow with what was drained: a heap that is full once stays so, give or take a collection. */
export const GROWN_MEMORY = 1.15;
/** Fewer have no beginning and no end. */
const FEWEST_SAMPLES = 20;

/**
 * Medians, of rates from one sample to the next and of memory: neither the seconds in which a process warms up, which would
 * make the start slow and the end fast beside it, nor the last messages of the slowest partition decide.
 */
export function drained(samples: readonly DrainSample[]): Drained {
  const begun = samples.findIndex(({ settled }) => settled > 0);
  const moving = samples.slice(Math.max(0, begun));
  const rates = moving.slice(1).map((sample, index) => {
    const previous = moving[index] as DrainSample;
    return (sample.settled - previous.settled) / (sample.second - previous.second);
  });
  const edge = Math.max(1, Math.floor(rates.length * EDGE_SHARE));
  const megabytes = moving.map((sample) => sample.megabytes);
  const [first, last] = [moving[0], moving.at(-1)];
  const figures = {
    perSecond:
      first === undefined || last === undefined ? 0 : (last.settled - first.settled) / (last.second - first.second),
    startPerSecond: median(rates.slice(0, edge)),
    endPerSecond: median(rates.slice(-edge)),
    startMegabytes: median(megabytes.slice(0, edge)),
    endMegabytes: median(megabytes.slice(-edge)),
  };
  const [kept, grown] = [figures.endPerSecond / figures.startPerSecond, figures.endMegabytes / figures.startMegabytes];
  const notes: string[] = [];
  if (rates.length < FEWEST_SAMPLES) notes.push(`${rates.length} s of draining have no beginning and no end`);
  else {
    if (!(kept >= KEPT_RATE)) notes.push(`the rate at the end is ${(kept * 100).toFixed(0)} % of that at the start`);
    if (!(grown <= GROWN_MEMORY)) notes.push(`the apps' memory grew to ${(grown * 100).toFixed(0)} % of what it was`);
  }
  return { ...figures, notes };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
