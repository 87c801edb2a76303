import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A metric's name (with its unit, by Prometheus' conventions), what it says, and the names of its labels. */
export interface MetricOptions<Label extends string> {
  name: string;
  help: string;
  labels?: readonly Label[];
}

/** A histogram's upper bounds, in the unit of its name. */
export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  buckets?: number[];
}

/** A gauge that is read when it is scraped. */
export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  collect?(gauge: Gauge<Label>): void | Promise<void>;
}

/** The app's metrics. Asking twice for one name gives the same metric, so two consumers can share it. */
export interface Metrics {
  readonly registry: Registry;
  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label>;
  gauge<Label extends string = never>(options: GaugeOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(options: HistogramOptions<Label>): Histogram<Label>;
}

// Seconds, from a millisecond to the longest that a fan waits for an answer.
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry of its own with Node's default metrics, each series labelled with the app's name. */
export function createMetrics(name: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ app: name });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter<Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) {
      const known = registry.getSingleMetric(name) as Counter<Label> | undefined;
      return known ?? new Counter({ name, help, labelNames: labels, registers: [registry] });
    },
    gauge<Label extends string>({ name, help, labels = [], collect }: GaugeOptions<Label>) {
      const known = registry.getSingleMetric(name) as Gauge<Label> | undefined;
      if (known !== undefined) return known;
      const gauge: Gauge<Label> = new Gauge({
        name,
        help,
        labelNames: labels,
        registers: [registry],
        ...(collect && { collect: () => collect(gauge) }),
      });
      return gauge;
    },
    histogram<Label extends string>({ name, help, labels = [], buckets = latencyBuckets }: HistogramOptions<Label>) {
      const known = registry.getSingleMetric(name) as Histogram<Label> | undefined;
      return known ?? new Histogram({ name, help, labelNames: labels, buckets, registers: [registry] });
    },
  };
}
