import { checkMessages } from './messages.ts';
import { checkMoney } from './money.ts';
import { checkSeats } from './seats.ts';
import type { Snapshot } from './snapshot.ts';
import { checkTime } from './time.ts';

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

/** Every way in which a snapshot breaks I1 to I10 (design §4); empty when all hold. Pure: the simulation uses it too. */
export function brokenInvariants(snapshot: Snapshot, limits: InvariantLimits): Violation[] {
  return [
    ...checkSeats(snapshot, limits),
    ...checkMoney(snapshot),
    ...checkTime(snapshot, limits),
    ...checkMessages(snapshot),
  ];
}
