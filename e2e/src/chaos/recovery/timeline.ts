/** One answer, or one attempt that failed, as the crowd saw it. Times are milliseconds by performance.now(). */
export interface Seen {
  operation: string;
  /** When the answer came. */
  at: number;
  /** From the call to the answer. */
  ms: number;
  /** False for a connection that failed and for a 5xx. */
  ok: boolean;
}

/** Outcomes of payments stand in the timeline under this name: the time is that from pay to outcome. */
export const OUTCOME = 'outcome';

/** One second of a run, to be looked at when a recovery took long. */
export interface Second {
  /** Seconds since the first answer. */
  second: number;
  answers: number;
  /** How many failed, by operation. */
  failed: Record<string, number>;
  p95Ms: number;
}

/** The smallest time that 95 of 100 answers do not exceed; 0 of none. */
export function p95(answers: readonly Seen[]): number {
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
}

/** The run second by second; seconds without an answer are left out. Pure. */
export function bySecond(seen: readonly Seen[]): Second[] {
  const begin = seen[0]?.at ?? 0;
  return [...Map.groupBy(seen, ({ at }) => Math.floor((at - begin) / 1_000))].map(([second, of]) => ({
    second,
    answers: of.length,
    failed: Object.fromEntries(
      [
        ...Map.groupBy(
          of.filter(({ ok }) => !ok),
          ({ operation }) => operation,
        ),
      ].map(([operation, { length }]) => [operation, length]),
    ),
    p95Ms: Math.round(p95(of)),
  }));
}

/** Everything that the crowd saw, in order. */
export class Timeline {
  readonly seen: Seen[] = [];

  answered(operation: string, status: number, ms: number): void {
    this.seen.push({ operation, at: performance.now(), ms, ok: status > 0 && status < 500 });
  }
}
