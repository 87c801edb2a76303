import type { LoadResult } from '../load/load-job.ts';
import { Latencies, type Percentiles } from '../measure/latency.ts';

const ACCEPTED = 202;
const SECOND_MS = 1_000;

/** One load's answers. */
export interface Answers {
  offered: number;
  accepted: number;
  /** Status 0: no answer. */
  byStatus: Record<string, number>;
  /** How late requests left: the load generator's own doing, where it has no connection or no CPU left. */
  lateMs: Percentiles;
  /** From when a request left. */
  acceptedMs: Percentiles;
  refusedMs: Percentiles;
}

/** Counts a load's answers. */
export function answersOf({ intendedMs, sentMs, answeredMs, status }: LoadResult): Answers {
  const byStatus: Record<string, number> = {};
  const [late, accepted, refused] = [new Latencies(), new Latencies(), new Latencies()];
  status.forEach((code, request) => {
    byStatus[code] = (byStatus[code] ?? 0) + 1;
    const leftMs = sentMs[request] as number;
    if (!Number.isNaN(leftMs)) late.add(leftMs - (intendedMs[request] as number));
    const tookMs = (answeredMs[request] as number) - leftMs;
    if (!Number.isNaN(tookMs)) (code === ACCEPTED ? accepted : refused).add(tookMs);
  });
  return {
    offered: status.length,
    accepted: accepted.count,
    byStatus,
    lateMs: late.percentiles(),
    acceptedMs: accepted.percentiles(),
    refusedMs: refused.percentiles(),
  };
}

/** Answers per second in the time that the load came in, as expected. */
export function acceptedPerSecond({ answeredMs, status }: LoadResult, forMs: number): number {
  const accepted = status.reduce(
    (sum, code, request) => sum + Number(code === ACCEPTED && (answeredMs[request] as number) < forMs),
    0,
  );
  return (accepted * SECOND_MS) / forMs;
}

/**
 * Seconds of a light load after an overload until everything was accepted as quickly as before it, to the end; null where
 * it never was.
 * @param normalMs what 95 of 100 answers take at that load in ordinary times, and some
 */
export function secondsToNormal({ intendedMs, answeredMs, status }: LoadResult, normalMs: number): number | null {
  const seconds = Map.groupBy(status.keys(), (request) => Math.floor((intendedMs[request] as number) / SECOND_MS));
  let normalFrom = 0;
  for (const [second, requests] of seconds) {
    const times = new Latencies();
    for (const request of requests) {
      times.add((answeredMs[request] as number) - (intendedMs[request] as number) || Number.POSITIVE_INFINITY);
    }
    const isNormal = requests.every((request) => status[request] === ACCEPTED) && times.at(95) <= normalMs;
    if (!isNormal) normalFrom = second + 1;
  }
  return normalFrom < seconds.size ? normalFrom : null;
}
