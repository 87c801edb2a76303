import type { World } from '../world.ts';
import type { Broken } from './broken.ts';

/** What is counted of a schedule's seats, and told step by step, is what its claims say. */
export function checkSeatMaps({ databases }: World): Broken[] {
  const { seatMaps, steps, claims, reservations } = databases.reservation.tables;
  const broken: Broken[] = [];
  for (const { scheduleId, claimed, blocked, sold } of seatMaps.values()) {
    const ofSchedule = [...claims.values()].filter((claim) => claim.scheduleId === scheduleId);
    const blocks = ofSchedule.filter(({ reservationId }) => reservationId === null);
    const confirmed = [...reservations.values()].filter(
      (reservation) => reservation.scheduleId === scheduleId && reservation.status === 'CONFIRMED',
    );
    if (claimed !== ofSchedule.length || blocked !== blocks.length || sold !== confirmed.length) {
      const detail = `counted ${claimed} claimed, ${blocked} blocked, ${sold} sold of schedule ${scheduleId}; there are`;
      const found = `${ofSchedule.length}, ${blocks.length}, ${confirmed.length}`;
      broken.push({ invariant: 'seat map', detail: `${detail} ${found}` });
    }
    const told = new Set<number>();
    for (const { taken, freed } of steps.get(scheduleId) ?? []) {
      for (const [from, to] of freed) for (let seat = from; seat <= to; seat++) told.delete(seat);
      for (const [from, to] of taken) for (let seat = from; seat <= to; seat++) told.add(seat);
    }
    const differs = told.size !== ofSchedule.length || ofSchedule.some(({ seatNumber }) => !told.has(seatNumber));
    if (differs) broken.push({ invariant: 'seat map', detail: `the steps of schedule ${scheduleId} tell other seats` });
  }
  return broken;
}
