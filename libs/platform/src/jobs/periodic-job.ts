import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** How a PeriodicJob is set up. */
export interface PeriodicJobOptions {
  name: string;
  /** Pause between the end of one run and the start of the next. */
  intervalMs: number;
  clock: Clock;
  logger: Logger;
  /** One run. `signal` is aborted by stop(), which waits for the run to end. */
  run(signal: AbortSignal): Promise<void>;
}

// After errors the pause doubles up to this, or to the interval where that is longer.
const LONGEST_BACKOFF_MS = 30_000;

/** Runs something over and over, never twice at once; an error costs a log line and a longer pause, never the job. */
export class PeriodicJob {
  readonly #options: PeriodicJobOptions;
  #stopping: AbortController | undefined;
  #loop: Promise<void> | undefined;
  #nudged = false;
  #wake: (() => void) | undefined;

  constructor(options: PeriodicJobOptions) {
    this.#options = options;
  }

  /** Starts with a run at once. */
  start(): void {
    if (this.#loop !== undefined) return;
    this.#stopping = new AbortController();
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Runs without waiting for the interval: now, or right after the run in progress. A backoff is not cut short. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  /** Resolves once the run in progress has ended; nothing runs after that. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#wake?.();
    await this.#loop;
    this.#loop = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { name, intervalMs, clock, logger, run } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      this.#nudged = false;
      try {
        await run(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        const pauseMs = backoff(intervalMs, failures);
        logger.error({ err: error, job: name, failures, pauseMs }, 'periodic job failed');
        await clock.sleep(pauseMs, signal);
        continue;
      }
      if (!this.#nudged && !signal.aborted) await this.#pause(intervalMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    await this.#options.clock.sleep(ms, waking.signal);
    this.#wake = undefined;
  }
}

function backoff(intervalMs: number, failures: number): number {
  const longest = Math.max(intervalMs, LONGEST_BACKOFF_MS);
  return Math.min(Math.max(intervalMs, 100) * 2 ** Math.min(failures - 1, 20), longest);
}
