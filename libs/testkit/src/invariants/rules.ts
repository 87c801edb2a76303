import { checkMessages } from './messages.ts';
import { checkMoney } from './money.ts';
import { checkSeats } from './seats.ts';
import type { Snapshot } from './snapshot.ts';
import { checkTime } from './time.ts';
import type { InvariantLimits, Violation } from './violation.ts';

/** Every way in which a snapshot breaks I1 to I10 (design §4); empty when all hold. Pure: the simulation uses it too. */
export function brokenInvariants(snapshot: Snapshot, limits: InvariantLimits): Violation[] {
  return [
    ...checkSeats(snapshot, limits),
    ...checkMoney(snapshot),
    ...checkTime(snapshot, limits),
    ...checkMessages(snapshot),
  ];
}
