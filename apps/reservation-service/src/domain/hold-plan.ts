import { holdSeat } from './hold.ts';
import { type Applied, type Rejected, type Reservation, rejected } from './reservation.ts';
import { isSelling, priceOf, type Schedule } from './schedule.ts';

/** A fan asks for a seat. `id` is made before the first attempt, so that a retry recognises its own row. */
export interface AskedHold {
  id: string;
  userId: string;
  scheduleId: number;
  seatNumber: number;
  /** The fan's Idempotency-Key, if there is one. */
  holdKey: string | null;
}

export type HoldRefusal =
  | 'SEAT_NOT_FOUND'
  | 'SALES_CLOSED'
  | 'SEAT_TAKEN'
  | 'HOLD_LIMIT_REACHED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_KEY_IN_USE';

/** Held before, by this same request: the answer of then. */
export interface HeldBefore {
  kind: 'held-before';
  reservation: Reservation;
}

/** What is planned for each hold of a batch; `applied` still has to win the seat's claim. */
export type PlannedHold = Applied | HeldBefore | Rejected<HoldRefusal>;

export interface HoldTerms {
  /** Live reservations that one fan may have in one schedule. */
  holdLimit: number;
  holdTtlMs: number;
}

/** What is known when a batch of holds is decided. Holds that have lapsed are not in it any more. */
export interface HoldScene {
  schedules: ReadonlyMap<number, Schedule>;
  /** Reservations held earlier with a key that is asked with now. */
  heldWithKey: readonly Reservation[];
  /** Reservations that are this batch's own, from an attempt of which nobody knew that it was committed. */
  own: readonly Reservation[];
  /** Seats that are claimed, by seatKey. */
  claimed: ReadonlySet<string>;
  /** Live slots that are taken, by fanKey. */
  slots: ReadonlyMap<string, ReadonlySet<number>>;
}

export const seatKey = ({ scheduleId, seatNumber }: { scheduleId: number; seatNumber: number }): string =>
  `${scheduleId}/${seatNumber}`;

/** A fan's places in one schedule. A user id can hold any printable character, so the number comes first. */
export const fanKey = ({ userId, scheduleId }: { userId: string; scheduleId: number }): string =>
  `${scheduleId}/${userId}`;

const heldKey = (userId: string, holdKey: string): string => JSON.stringify([userId, holdKey]);

/** Why this hold cannot be, as far as the schedule alone tells. */
export function refusedBySchedule(
  schedule: Schedule | undefined,
  seatNumber: number,
  now: Date,
): 'SEAT_NOT_FOUND' | 'SALES_CLOSED' | null {
  if (schedule === undefined || priceOf(schedule, seatNumber) === null) return 'SEAT_NOT_FOUND';
  return isSelling(schedule, now) ? null : 'SALES_CLOSED';
}

/**
 * Decides a batch of holds in their order: who came first in it has the seat, and every fan's places are counted across
 * the batch.
 */
export function planHolds(asked: readonly AskedHold[], scene: HoldScene, terms: HoldTerms, now: Date): PlannedHold[] {
  const claimed = new Set(scene.claimed);
  const slots = new Map(Array.from(scene.slots, ([fan, taken]) => [fan, new Set(taken)]));
  const heldWithKey = new Map(scene.heldWithKey.map((held) => [heldKey(held.userId, held.holdKey ?? ''), held]));
  const own = new Map(scene.own.map((reservation) => [reservation.id, reservation]));
  const keysOfBatch = new Set<string>();

  return asked.map((hold): PlannedHold => {
    const mine = own.get(hold.id);
    if (mine !== undefined) return { kind: 'held-before', reservation: mine };
    if (hold.holdKey !== null) {
      const key = heldKey(hold.userId, hold.holdKey);
      const before = heldWithKey.get(key);
      if (before !== undefined) return sameHold(before, hold);
      // What becomes of the other one is not known yet, so there is no answer to repeat.
      if (keysOfBatch.has(key)) return rejected('IDEMPOTENCY_KEY_IN_USE');
      keysOfBatch.add(key);
    }
    const schedule = scene.schedules.get(hold.scheduleId);
    const refusal = refusedBySchedule(schedule, hold.seatNumber, now);
    if (refusal !== null) return rejected(refusal);
    if (claimed.has(seatKey(hold))) return rejected('SEAT_TAKEN');

    const taken = slots.get(fanKey(hold)) ?? new Set();
    const liveSlot = freeSlot(taken, terms.holdLimit);
    if (liveSlot === null) return rejected('HOLD_LIMIT_REACHED');

    claimed.add(seatKey(hold));
    slots.set(fanKey(hold), taken.add(liveSlot));
    const amount = priceOf(schedule as Schedule, hold.seatNumber) as number;
    return holdSeat({ ...hold, amount, liveSlot, holdTtlMs: terms.holdTtlMs }, now);
  });
}

function sameHold(before: Reservation, hold: AskedHold): PlannedHold {
  const same = before.scheduleId === hold.scheduleId && before.seatNumber === hold.seatNumber;
  return same ? { kind: 'held-before', reservation: before } : rejected('IDEMPOTENCY_KEY_REUSED');
}

/** Below the limit by number of places, not by slot: a limit that was lowered still counts what is held above it. */
function freeSlot(taken: ReadonlySet<number>, limit: number): number | null {
  if (taken.size >= limit) return null;
  for (let slot = 1; slot <= limit; slot++) if (!taken.has(slot)) return slot;
  return null;
}
