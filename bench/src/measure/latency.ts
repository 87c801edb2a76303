import { build } from 'hdr-histogram-js';

/** Percentiles in milliseconds. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

const HIGHEST_MICROS = 600_000_000;

/** An HDR histogram of milliseconds, three significant digits, recorded in microseconds. */
export class Latencies {
  readonly #histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });

  add(ms: number): void {
    this.#histogram.recordValue(Math.min(HIGHEST_MICROS, Math.max(1, Math.round(ms * 1000))));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  get mean(): number {
    return this.#histogram.mean / 1000;
  }

  at(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / 1000;
  }

  percentiles(): Percentiles {
    return { p50: this.at(50), p95: this.at(95), p99: this.at(99), max: this.#histogram.maxValue / 1000 };
  }

  /** Points of the curve from the median to one in 10,000, for a plot. */
  curve(): [percentile: number, ms: number][] {
    return [0, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.9, 99.95, 99.99, 100].map((p) => [p, this.at(p)]);
  }
}
