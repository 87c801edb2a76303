import type { EmptyCall, EmptyPost } from '../floor/empty-post.ts';
import type { LoadProgress } from '../load/load-job.ts';
import type { SuiteRecord } from '../measure/record.ts';
import type { System } from '../system/system.ts';
import type { BenchKeys } from '../tokens/keys.ts';
import type { SignedTokens } from '../tokens/signed-tokens.ts';

/** What every suite is given. */
export interface BenchContext {
  /** Length of the measured window. */
  measureMs: number;
  warmUpMs: number;
  /** Multiplies every offered rate and amount: 1 in earnest, less to see that suites work. */
  scale: number;
  keys: BenchKeys;
  tokens: SignedTokens;
  /** Told what a system is made of. */
  learned(versions: Record<string, string>): void;
  /** For files that live as long as the run. */
  folder: string;
  /** A line that stays. */
  tell(text: string): void;
  /** A line that the next one writes over. */
  progress(text: string): void;
  /** Where CPU profiles of the apps go. */
  profileFolder?: string;
  /** A running system for all suites that need no other: to see that they work, never in earnest. */
  sharedSystem?: System;
  /** What an authenticated POST costs that does nothing, at the rates of the suites that run: measured once a run. */
  emptyPosts(): Promise<readonly EmptyPost[]>;
  /** What this run's suites came to so far. */
  measured: Readonly<Record<string, SuiteRecord>>;
  signal: AbortSignal;
  killSignal?: AbortSignal;
}

/** One measurement. */
export interface Suite {
  name: string;
  /** What is measured, in a line. */
  summary: string;
  /** Seconds that it takes beside warm-up and window, on a quiet machine: system, data, checks. */
  besideSeconds: number;
  /** Windows of warm-up and measurement in it; 1 unless given. */
  windows?: number;
  /** Left out of the whole run: it answers a question of its own, and takes long. */
  onRequest?: true;
  /** The empty calls that its floor is made of, at its own rates. */
  emptyCalls?: readonly EmptyCall[];
  /** Runs it; the record of each measurement by its name (most suites have one, of their own name). */
  run(context: BenchContext): Promise<Record<string, SuiteRecord>>;
}

/** Each once, whichever suites share it. */
export function emptyCallsOf(suites: readonly Suite[]): EmptyCall[] {
  const calls = suites.flatMap(({ emptyCalls = [] }) => emptyCalls);
  return [...new Map(calls.map((call) => [`${call.admission} ${call.ratePerSecond}`, call])).values()];
}

/** Seconds that a suite takes, about, without its empty calls. */
export const secondsOf = (
  { besideSeconds, windows = 1 }: Suite,
  { warmUpMs, measureMs }: Pick<BenchContext, 'warmUpMs' | 'measureMs'>,
): number => besideSeconds + (windows * (warmUpMs + measureMs)) / 1000;

/** How many requests a load can come to at most: its mean, and what chance may add. */
export function mostArrivals(
  ratePerSecond: number,
  { warmUpMs, measureMs }: Pick<BenchContext, 'warmUpMs' | 'measureMs'>,
): number {
  const mean = (ratePerSecond * (warmUpMs + measureMs)) / 1000;
  return Math.ceil(mean + 6 * Math.sqrt(mean) + 10);
}

export const loadProgress =
  (context: Pick<BenchContext, 'progress' | 'warmUpMs'>, name: string, ratePerSecond: number) =>
  ({ intended, answered, errors }: LoadProgress): void => {
    const seconds = intended / ratePerSecond;
    const phase = seconds * 1000 < context.warmUpMs ? 'warming up' : 'measuring';
    context.progress(
      `${name}: ${phase}, ${seconds.toFixed(0)} s, ${answered} answered, ${intended - answered} in flight, ${errors} errors`,
    );
  };
