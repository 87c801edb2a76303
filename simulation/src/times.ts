/** The system's times, shortened so that a run is half a minute of virtual time and not an afternoon. */
export const TIMES = {
  holdTtlMs: 4_000,
  paymentTimeoutMs: 6_000,
  republishLongestMs: 4_000,
  sweepIntervalMs: 500,
  leaseMs: 1_500,
  scheduleMaxAgeMs: 1_000,
} as const;

/** Times that each world draws for itself, in milliseconds, because they hide what happens without them. */
export interface DrawnTimes {
  /** Asking again mends what was lost on the way; where nobody asks again, nothing may be lost. */
  republishAfterMs: number;
  expiryGraceMs: number;
  recoveryGraceMs: number;
}

export const REPUBLISH_AFTER_MS = { soon: 1_000, never: 3_600_000 } as const;
export const MAX_EXPIRY_GRACE_MS = 1_000;
export const MAX_RECOVERY_GRACE_MS = 1_500;

export const HOLD_LIMIT = 2;
export const MAX_BATCH = 20;

/** How far a clock is from the world's time at most, in milliseconds, after it has jumped. */
export const MAX_SKEW_MS = 4_000;

/** Those of the waiting room. */
export const QUEUE_TIMES = {
  admissionTtlMs: 4_000,
  /** Sequence numbers, small so that blocks run out. */
  blockSize: 4,
  recoverMs: 1_500,
  newsKeptMs: 3_600_000,
  intervals: {
    admission: 200,
    endings: 700,
    reconciliation: 1_500,
    refresh: 1_000,
    pruning: 86_400_000,
    ping: 86_400_000,
    overdue: 86_400_000,
  },
} as const;
