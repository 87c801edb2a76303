/** How long a call takes. */
export type Latency =
  /** Most calls near the mean, a few far above it: how payment APIs behave on an ordinary day. */
  { kind: 'lognormal'; meanMs: number; sigma: number } | { kind: 'uniform'; fromMs: number; toMs: number };

/** As design §1 describes the payment API: 200 ms on average, 2-3 s at the peak. */
export const latencies = {
  none: { kind: 'uniform', fromMs: 0, toMs: 0 },
  ordinary: { kind: 'lognormal', meanMs: 200, sigma: 0.5 },
  peak: { kind: 'uniform', fromMs: 2_000, toMs: 3_000 },
} as const satisfies Record<string, Latency>;

/**
 * What is wrong with the provider as a whole: connections are cut, every call is answered 503, none is answered ever
 * (`hangs`), or every call is made and its answer held back until the outage is over (`stalls`).
 */
export type Outage = 'none' | 'cut' | 'errors' | 'hangs' | 'stalls';

/** How the provider behaves; shares are from 0 to 1. */
export interface ProviderFaults {
  latency: Latency;
  outage: Outage;
  /** Calls under way at once; one more is answered 429 or 503, with Retry-After. */
  capacity: number;
  overloadStatus: 429 | 503;
  /** Of the calls: answered 500 before anything happened. */
  errorShare: number;
  /** Of the charges and refunds: made, but the connection is cut instead of an answer. */
  lostAnswerShare: number;
  /** Of the charges and refunds: arrive twice, as from a network that repeats. */
  duplicateShare: number;
  /** Of the charges: declined, which is decided for good under their key. */
  declineShare: number;
}

export const noFaults: ProviderFaults = {
  latency: latencies.none,
  outage: 'none',
  capacity: 100_000,
  overloadStatus: 429,
  errorShare: 0,
  lostAnswerShare: 0,
  duplicateShare: 0,
  declineShare: 0,
};

/** One call's latency, in milliseconds. */
export function sampleLatency(latency: Latency, random: () => number): number {
  if (latency.kind === 'uniform') return latency.fromMs + (latency.toMs - latency.fromMs) * random();
  // The mean of a log-normal distribution is exp(mu + sigma²/2); the normal number is Box and Muller's.
  const mu = Math.log(latency.meanMs) - latency.sigma ** 2 / 2;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(mu + latency.sigma * normal);
}
