export type InvariantId = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10';

/** One broken invariant, and where. */
export interface Violation {
  invariant: InvariantId;
  detail: string;
}

export interface InvariantLimits {
  /** Live reservations per user and schedule. */
  holdLimit: number;
  /** How long after its time a hold or a pending payment may still stand, in milliseconds: one sweep and some. */
  sweepMs: number;
}
