import type { ReservationRow, Snapshot } from './snapshot.ts';
import type { InvariantLimits, Violation } from './violation.ts';

const LIVE = new Set<string>(['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'CONFIRMED']);

export const isLive = ({ status }: ReservationRow): boolean => LIVE.has(status);

/** I1: no seat has two live reservations; claims are live reservations or blocks, one to one; nobody exceeds the limit. */
export function checkSeats({ reservations, claims }: Snapshot, { holdLimit }: InvariantLimits): Violation[] {
  const violations: Violation[] = [];
  const broken = (detail: string) => violations.push({ invariant: 'I1', detail });

  const claimedBy = new Map<string, string | null>();
  for (const claim of claims) {
    const seat = `${claim.scheduleId}/${claim.seatNumber}`;
    if (claimedBy.has(seat)) broken(`seat ${seat} has two claims`);
    claimedBy.set(seat, claim.reservationId);
  }

  const holders = new Map<string, string>();
  const perFan = new Map<string, number>();
  for (const reservation of reservations.filter(isLive)) {
    const seat = `${reservation.scheduleId}/${reservation.seatNumber}`;
    const other = holders.get(seat);
    if (other !== undefined) broken(`seat ${seat} has two live reservations: ${other} and ${reservation.id}`);
    holders.set(seat, reservation.id);
    if (claimedBy.get(seat) !== reservation.id) {
      broken(`live reservation ${reservation.id} (${reservation.status}) does not have the claim on seat ${seat}`);
    }
    const fan = `${reservation.userId} in schedule ${reservation.scheduleId}`;
    perFan.set(fan, (perFan.get(fan) ?? 0) + 1);
  }
  for (const [seat, reservationId] of claimedBy) {
    if (reservationId !== null && holders.get(seat) !== reservationId) {
      broken(`the claim on seat ${seat} belongs to ${reservationId}, which is not live`);
    }
  }
  for (const [fan, count] of perFan) {
    if (count > holdLimit) broken(`${fan} has ${count} live reservations, more than ${holdLimit}`);
  }
  return violations;
}
