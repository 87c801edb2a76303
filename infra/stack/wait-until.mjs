/** Waits for a condition, with a bound. */
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks until the answer is true. An error counts as "not yet".
 * @param {() => Promise<boolean> | boolean} condition
 * @param {{ timeoutMs: number, intervalMs?: number, giveUp?: () => boolean }} options
 * @returns {Promise<boolean>} false if time ran out or `giveUp` said so
 */
export async function waitUntil(condition, { timeoutMs, intervalMs = 50, giveUp = () => false }) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    if (giveUp()) return false;
    try {
      if (await condition()) return true;
    } catch {
      // not yet
    }
    if (performance.now() >= end) return false;
    await delay(intervalMs);
  }
}
