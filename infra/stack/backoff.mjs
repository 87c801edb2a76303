/** How long a crashed process stays down before it is started again. */
export const FIRST_DELAY_MS = 500;
export const LONGEST_DELAY_MS = 30_000;
/** Whoever ran this long was healthy: its next crash counts as the first. */
export const HEALTHY_AFTER_MS = 60_000;

/**
 * @param {number} crashes crashes in a row so far, without the one now
 * @param {number} ranForMs
 * @returns {{ delayMs: number, crashes: number }}
 */
export function afterCrash(crashes, ranForMs) {
  const before = ranForMs >= HEALTHY_AFTER_MS ? 0 : crashes;
  return { delayMs: Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(before, 16)), crashes: before + 1 };
}
