/** Values for one place in a request, one per line of a file. */
export interface Column {
  file: string;
  /** The line that the first request takes, from 0; 0 unless given. */
  from?: number;
  /** Begins again at its end; otherwise each value is used once, and there must be enough. */
  repeats?: boolean;
}

/** A request with places for values, written `{column}`. */
export interface RequestTemplate {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a generator does: one kind of request, at a rate, for a time. */
export interface LoadJob {
  host: string;
  port: number;
  request: RequestTemplate;
  columns: Record<string, Column>;
  /**
   * Closed loop instead of a rate: so many requests under way at all times, a new one for each answer. It finds what a
   * system can take, and hides how long those would wait who come meanwhile.
   */
  underWay?: number;
  /** Mean; arrivals are independent of each other and of the answers (a Poisson process). In a closed loop: a bound of what it may come to. */
  ratePerSecond: number;
  /** Arrivals before the measured ones, at the same rate. */
  warmUpMs: number;
  measureMs: number;
  /** The same seed makes the same arrivals. */
  seed: number;
  connections: { initial: number; most: number };
  /** How long answers are waited for after the last arrival. */
  drainMs: number;
  /** Which answers count as done; everything else is an error. */
  expected: readonly number[];
}

/** One generator's run: what became of request i is at index i of each list. */
export interface LoadResult {
  /** Epoch ms of the first arrival's clock; all other times are relative to it. */
  startedAtMs: number;
  /** When each request should have been sent. */
  intendedMs: Float64Array;
  /** When it was; NaN if it never was. */
  sentMs: Float64Array;
  /** When its answer was whole; NaN if there was none. */
  answeredMs: Float64Array;
  /** 0: the connection failed, or no answer came. */
  status: Uint16Array;
  /** The first few unexpected answers. */
  complaints: string[];
  /** Most connections that were open at once. */
  connections: number;
}

/** Sent once a second while it runs. */
export interface LoadProgress {
  intended: number;
  answered: number;
  errors: number;
}
