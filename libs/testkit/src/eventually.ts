import { setTimeout as delay } from 'node:timers/promises';

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Waits for a condition: calls `check` until it neither throws nor answers false, and answers what it answered. After
 * `timeoutMs` it rejects with what `check` threw last.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 10_000): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    let last: unknown;
    try {
      const value = await check();
      if (value !== false) return value;
      last = new Error(`not so after ${timeoutMs} ms`);
    } catch (error) {
      last = error;
    }
    if (performance.now() > giveUpAt) throw last;
    await delay(pauseMs);
  }
}
