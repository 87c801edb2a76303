/** How long to wait between attempts: doubling from the first to the longest, each cut by up to half at random. */
export interface RetryPolicy {
  firstDelayMs: number;
  longestDelayMs: number;
  /** Attempts in all for an error that nobody expected, before the message is given up. Transient ones have no limit. */
  unknownErrorAttempts: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  firstDelayMs: 100,
  longestDelayMs: 10_000,
  unknownErrorAttempts: 5,
};

// Enough doublings to pass any sensible bound, and few enough for the number to stay finite.
const MAX_DOUBLINGS = 30;

/**
 * Milliseconds to wait after the attempt of this number (from 1) has failed.
 * @param random from 0 up to 1: spreads those who failed together, so that they do not come back together
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const full = policy.firstDelayMs * 2 ** Math.min(attempt - 1, MAX_DOUBLINGS);
  return Math.min(full, policy.longestDelayMs) * (1 - random() / 2);
}
