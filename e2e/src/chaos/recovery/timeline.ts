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

/** Everything that the crowd saw, in order. */
export class Timeline {
  readonly seen: Seen[] = [];

  answered(operation: string, status: number, ms: number): void {
    this.seen.push({ operation, at: performance.now(), ms, ok: status > 0 && status < 500 });
  }
}
