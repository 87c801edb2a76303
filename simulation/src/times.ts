/** The system's times, shortened so that a run is half a minute of virtual time and not an afternoon. */
export const TIMES = {
  holdTtlMs: 4_000,
  paymentTimeoutMs: 6_000,
  republishAfterMs: 1_000,
  republishLongestMs: 4_000,
  sweepIntervalMs: 500,
  expiryGraceMs: 1_000,
  recoveryGraceMs: 1_500,
  leaseMs: 1_500,
  scheduleMaxAgeMs: 1_000,
} as const;

export const HOLD_LIMIT = 2;
export const MAX_BATCH = 20;

/** How far a clock is from the world's time at most, in milliseconds, after it has jumped. */
export const MAX_SKEW_MS = 1_500;
