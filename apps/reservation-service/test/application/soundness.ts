import { topics } from '@stagedoor/contracts';
import { expect } from 'vitest';
import { isLive } from '../../src/domain/reservation.ts';
import { seatsIn } from '../../src/domain/seat-ranges.ts';
import type { Tables } from '../memory/memory-database.ts';
import { eventsOf, sent } from './box.ts';

/** What must hold after every transaction, whatever it was (design §4, I1, I7, I8 and I10 as far as this service goes). */
export function expectSound(tables: Tables, holdLimit = 4): void {
  expectClaims(tables, holdLimit);
  expectCounters(tables);
  expectEvents(tables);
  expectRefunds(tables);
}

function expectClaims({ reservations, claims }: Tables, holdLimit: number): void {
  const live = [...reservations.values()].filter(({ status }) => isLive(status));
  const claimed = [...claims.values()].filter(({ reservationId }) => reservationId !== null);
  expect(claimed.map((claim) => `${claim.reservationId} ${claim.scheduleId}/${claim.seatNumber}`).toSorted()).toEqual(
    live.map(({ id, scheduleId, seatNumber }) => `${id} ${scheduleId}/${seatNumber}`).toSorted(),
  );
  const slots = live.map(({ userId, scheduleId, liveSlot }) => `${userId} ${scheduleId} ${liveSlot}`);
  expect(new Set(slots).size).toBe(slots.length);
  for (const { liveSlot } of live) {
    expect(liveSlot).toBeGreaterThanOrEqual(1);
    expect(liveSlot).toBeLessThanOrEqual(holdLimit);
  }
  for (const reservation of reservations.values()) {
    expect(reservation.liveSlot !== null).toBe(isLive(reservation.status));
  }
}

function expectCounters({ seatMaps, claims, reservations, steps }: Tables): void {
  for (const { scheduleId, version, claimed, blocked, sold } of seatMaps.values()) {
    const ofShow = [...claims.values()].filter((claim) => claim.scheduleId === scheduleId);
    const confirmed = [...reservations.values()].filter(
      (reservation) => reservation.scheduleId === scheduleId && reservation.status === 'CONFIRMED',
    );
    expect({ claimed, blocked, sold }).toEqual({
      claimed: ofShow.length,
      blocked: ofShow.filter(({ reservationId }) => reservationId === null).length,
      sold: confirmed.length,
    });
    // Whoever carries the map forward step by step sees the claims.
    const carried = new Set<number>();
    const kept = steps.get(scheduleId) ?? [];
    expect(kept.map((step) => step.version)).toEqual(kept.map((_, index) => index + 2));
    expect(version).toBe(kept.length + 1);
    for (const { taken, freed } of kept) {
      for (const seat of seatsIn(taken)) {
        expect(carried.has(seat), `seat ${seat} was free`).toBe(false);
        carried.add(seat);
      }
      for (const seat of seatsIn(freed)) expect(carried.delete(seat), `seat ${seat} was taken`).toBe(true);
    }
    expect([...carried].toSorted((a, b) => a - b)).toEqual(
      ofShow.map(({ seatNumber }) => seatNumber).toSorted((a, b) => a - b),
    );
  }
}

function expectEvents({ outbox, reservations }: Tables): void {
  const told = new Map<string, { version: number; status: string }>();
  for (const event of eventsOf(outbox)) {
    if (event.type === 'unknown' || !('reservationId' in event.data)) continue;
    const { reservationId, version, status } = event.data;
    expect(version).toBe((told.get(reservationId)?.version ?? 0) + 1);
    told.set(reservationId, { version, status });
  }
  expect([...told].toSorted()).toEqual(
    Array.from(reservations.values(), ({ id, version, status }) => [id, { version, status }]).toSorted(),
  );
}

function expectRefunds({ outbox, reservations }: Tables): void {
  const keys = sent<{ chargeKey: string }>(outbox, topics.refundRequests).map(({ chargeKey }) => chargeKey);
  expect(new Set(keys).size, 'one refund per charge').toBe(keys.length);
  for (const { status, chargeKey } of reservations.values()) {
    if (status === 'CONFIRMED') expect(keys).not.toContain(chargeKey);
    if (status === 'CANCELLED') expect(keys).toContain(chargeKey);
  }
}
