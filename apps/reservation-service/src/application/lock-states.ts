import type { Reservation } from '../domain/reservation.ts';
import type { Tx } from './ports.ts';

// What this service gives out as ids. Anything else is somebody else's and is not put to the database, whose comparison
// of text in another character set would not be ours.
const OWN_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether this can be the id of a reservation of this service. */
export const isOwnId = (id: string): boolean => OWN_ID.test(id);

/** Locks the rows of a batch, in id order; the map is for deciding one command after the other on the state so far. */
export async function lockStates(tx: Tx, ids: readonly string[]): Promise<Map<string, Reservation>> {
  const own = [...new Set(ids.filter(isOwnId))].sort();
  if (own.length === 0) return new Map();
  return new Map((await tx.reservations.lock(own)).map((reservation) => [reservation.id, reservation]));
}
