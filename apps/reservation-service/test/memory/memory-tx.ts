import { isDeepStrictEqual } from 'node:util';
import {
  type NewConcert,
  ReservationCollision,
  SampleExists,
  type Seat,
  type SeatClaim,
  type Tx,
} from '../../src/application/ports.ts';
import type { Reservation } from '../../src/domain/reservation.ts';
import type { StoredSchedule, Tables } from './memory-database.ts';

const keyOf = ({ scheduleId, seatNumber }: Seat): string => `${scheduleId}/${seatNumber}`;
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
const bySeat = (a: Seat, b: Seat): number => a.scheduleId - b.scheduleId || a.seatNumber - b.seatNumber;

/** One transaction on a copy of the tables. */
export function memoryTx(tables: Tables, afterCommit: (() => void)[]): Tx {
  return {
    schedules: schedulesOf(tables),
    reservations: reservationsOf(tables),
    claims: claimsOf(tables),
    seatMaps: {
      lock: async (ids) => ids.flatMap((id) => tables.seatMaps.get(id) ?? []),
      async save(maps) {
        for (const map of maps) tables.seatMaps.set(map.scheduleId, map);
      },
      async addSteps(steps) {
        for (const { scheduleId, version, taken, freed } of steps) {
          const kept = tables.steps.get(scheduleId) ?? [];
          tables.steps.set(scheduleId, [...kept, { version, taken, freed }]);
        }
      },
    },
    audit: { add: async (entry) => void tables.audit.push(entry) },
    outbox: { add: async (messages) => void tables.outbox.push([...messages]) },
    afterCommit: (callback) => void afterCommit.push(callback),
  };
}

function reservationsOf({ reservations }: Tables): Tx['reservations'] {
  const some = (ids: readonly string[]) => [...new Set(ids)].sort().flatMap((id) => reservations.get(id) ?? []);
  const all = () => [...reservations.values()];
  const collides = (row: Reservation) =>
    all().some(
      (other) =>
        other.id === row.id ||
        (other.userId === row.userId &&
          ((row.liveSlot !== null && other.liveSlot === row.liveSlot && other.scheduleId === row.scheduleId) ||
            (row.holdKey !== null && other.holdKey === row.holdKey))),
    );
  return {
    lock: async (ids) => some(ids),
    find: async (ids) => some(ids),
    findByHoldKeys: async (keys) =>
      all()
        .filter(({ userId, holdKey }) => keys.some((key) => key.userId === userId && key.holdKey === holdKey))
        .sort(byId),
    findLive: async (fans) =>
      all().flatMap(({ id, userId, scheduleId, liveSlot, status, holdExpiresAt }) =>
        liveSlot !== null && fans.some((fan) => fan.userId === userId && fan.scheduleId === scheduleId)
          ? [{ id, userId, scheduleId, liveSlot, status, holdExpiresAt }]
          : [],
      ),
    findDue: async (now, limit) =>
      all()
        .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
        .sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
        .slice(0, limit)
        .map(({ id }) => id),
    async insert(rows) {
      for (const row of rows) {
        if (collides(row)) throw new ReservationCollision('a live slot or a hold key is taken');
        reservations.set(row.id, row);
      }
    },
    async save(changes) {
      for (const { before, after } of changes) {
        // MySQL writes what differs from `before`, so that must be the row.
        if (!isDeepStrictEqual(before, reservations.get(after.id))) throw new Error(`${after.id} is not as it was`);
        reservations.set(after.id, after);
      }
    },
  };
}

function claimsOf({ claims, reservations }: Tables): Tx['claims'] {
  const some = (seats: readonly Seat[]): SeatClaim[] =>
    [...new Set(seats.map(keyOf))].flatMap((key) => claims.get(key) ?? []);
  return {
    find: async (seats) =>
      some(seats).map((claim) => {
        const reservation = claim.reservationId === null ? undefined : reservations.get(claim.reservationId);
        return {
          ...claim,
          status: reservation?.status ?? null,
          holdExpiresAt: reservation?.holdExpiresAt ?? null,
        };
      }),
    findFrom: async (scheduleId, fromSeat, limit) =>
      [...claims.values()]
        .filter((claim) => claim.scheduleId === scheduleId && claim.seatNumber >= fromSeat)
        .sort(bySeat)
        .slice(0, limit),
    async take(wanted) {
      for (const claim of wanted) if (!claims.has(keyOf(claim))) claims.set(keyOf(claim), claim);
      return some(wanted);
    },
    async free(freed) {
      for (const claim of freed) {
        if (claims.get(keyOf(claim))?.reservationId === claim.reservationId) claims.delete(keyOf(claim));
      }
    },
  };
}

function schedulesOf(tables: Tables): Tx['schedules'] {
  const { concerts, schedules, seatMaps } = tables;
  const find = (id: number): StoredSchedule[] => {
    const schedule = schedules.get(id);
    const termsRevision = seatMaps.get(id)?.termsRevision;
    return schedule === undefined || termsRevision === undefined ? [] : [{ ...schedule, termsRevision }];
  };
  const insertConcert = async ({ title, venue, sample, schedules: shows }: NewConcert) => {
    if (sample !== null && [...concerts.values()].some((concert) => concert.sample === sample)) {
      throw new SampleExists(sample);
    }
    const concertId = concerts.size + 1;
    concerts.set(concertId, { sample });
    const ids = shows.map((show) => {
      const id = schedules.size + 1;
      const fixed = { id, concertId, title, venue, salesEndAt: null, cancellableUntil: null };
      const open = { status: 'ON_SALE' as const, cancelReason: null, cancellingSince: null, termsRevision: 1 };
      schedules.set(id, { ...fixed, ...open, ...show });
      seatMaps.set(id, {
        scheduleId: id,
        seatsTotal: show.seatsTotal,
        termsRevision: 1,
        version: 1,
        claimed: 0,
        blocked: 0,
        sold: 0,
        firstSoldAt: null,
        soldOutAt: null,
      });
      return id;
    });
    return { concertId, schedules: ids.flatMap(find) };
  };
  return {
    insertConcert,
    hasConcert: async () => concerts.size > 0,
    lock: async (id) => find(id)[0] ?? null,
    find: async (ids) => ids.flatMap(find),
    async save(id, { startsAt, opensAt, salesEndAt, cancellableUntil, status, cancelReason, cancellingSince }) {
      const schedule = schedules.get(id);
      if (schedule === undefined) return;
      const terms = { startsAt, opensAt, salesEndAt, cancellableUntil, status, cancelReason, cancellingSince };
      schedules.set(id, { ...schedule, ...terms });
    },
    findCancelling: async (limit) =>
      [...schedules.values()]
        .filter(({ cancellingSince }) => cancellingSince !== null)
        .sort((a, b) => Number(a.cancellingSince) - Number(b.cancellingSince))
        .slice(0, limit)
        .map(({ id }) => id),
  };
}
