import type { AppliedFault } from '../faults/injector.ts';
import { p95, type Seen } from './timeline.ts';

/** How the system came back from one fault; times in milliseconds from the fault's end, null: not within the run. */
export interface Recovery {
  /** Until every operation that had failed since the fault's beginning had succeeded again; 0 where none had failed. */
  firstSuccessMs: number | null;
  /** Until the begin of the first two seconds without a failed call in which p95 was normal. */
  normalMs: number | null;
}

/** The time that is looked at as a whole. */
const WINDOW_MS = 2_000;
/** How often such a window is begun. */
const STEP_MS = 250;
/** Normal is at most this many times the p95 from before the first fault, */
const NORMAL_FACTOR = 2;
/** or this, whatever that was: nobody notices the difference. */
const NORMAL_AT_LEAST_MS = 250;
/** A window with fewer answers says nothing. */
const LEAST_ANSWERS = 5;

const within = (seen: readonly Seen[], from: number, to: number): Seen[] =>
  seen.filter(({ at }) => at >= from && at < to);

/** The recovery from each fault. Faults overlap: what another one breaks meanwhile counts against this one, too. Pure. */
export function recoveries(seen: readonly Seen[], faults: readonly AppliedFault[]): Recovery[] {
  const begin = Math.min(...faults.map(({ beganAt }) => beganAt));
  const normalMs = Math.max(NORMAL_AT_LEAST_MS, NORMAL_FACTOR * p95(seen.filter(({ at }) => at < begin)));
  const end = seen.at(-1)?.at ?? 0;

  return faults.map(({ beganAt, endedAt }) => {
    const after = seen.filter(({ at }) => at >= beganAt);
    const failed = new Set(
      after.filter(({ ok, at, ms }) => !ok && at - ms <= endedAt + WINDOW_MS).map(({ operation }) => operation),
    );
    const successes = [...failed].map((operation) => {
      const next = after.find((answer) => answer.ok && answer.operation === operation && answer.at > endedAt);
      return next === undefined ? null : next.at - endedAt;
    });
    let normal: number | null = null;
    for (let from = endedAt; normal === null && from + WINDOW_MS <= end; from += STEP_MS) {
      const window = within(after, from, from + WINDOW_MS);
      const isNormal = window.length >= LEAST_ANSWERS && window.every(({ ok }) => ok) && p95(window) <= normalMs;
      if (isNormal) normal = from - endedAt;
    }
    return {
      firstSuccessMs: successes.includes(null) ? null : Math.max(0, ...(successes as number[])),
      normalMs: normal,
    };
  });
}
