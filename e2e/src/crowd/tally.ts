import { build, type Histogram } from 'hdr-histogram-js';

export interface Percentiles {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** What the crowd saw: how often, and how long it took. Times are in milliseconds. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #latencies = new Map<string, Histogram>();

  count(what: string, by = 1): void {
    this.#counts.set(what, this.of(what) + by);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  time(what: string, ms: number): void {
    let histogram = this.#latencies.get(what);
    if (histogram === undefined) {
      histogram = build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: 600_000_000,
        numberOfSignificantValueDigits: 3,
      });
      this.#latencies.set(what, histogram);
    }
    histogram.recordValue(Math.max(1, Math.round(ms * 1000)));
  }

  /** Everything counted, in the order of its names. */
  get counts(): [string, number][] {
    return [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
  }

  get latencies(): [string, Percentiles][] {
    return [...this.#latencies].map(([what, histogram]) => {
      const ms = (micros: number) => micros / 1000;
      return [
        what,
        {
          count: histogram.totalCount,
          p50: ms(histogram.getValueAtPercentile(50)),
          p95: ms(histogram.getValueAtPercentile(95)),
          p99: ms(histogram.getValueAtPercentile(99)),
          max: ms(histogram.maxValue),
        },
      ];
    });
  }
}
