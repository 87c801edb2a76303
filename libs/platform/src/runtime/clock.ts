/** Time as the application sees it. A simulation replaces it, so nothing behind a port may call Date.now() or a timer. */
export interface Clock {
  /** The present moment. */
  now(): Date;
  /** Waits `ms` milliseconds; resolves early when `signal` is aborted, and never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout takes a signed 32-bit number of milliseconds; anything longer fires at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock and timers. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
      signal?.addEventListener('abort', done, { once: true });
    });
  },
};
