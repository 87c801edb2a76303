import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { HeldClaim, Seat, SeatClaim, SeatClaims } from '../../application/ports.ts';
import { chunks } from './chunks.ts';

/** The table `seat_claims`, within one transaction. */
export class MysqlSeatClaims implements SeatClaims {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async find(seats: readonly Seat[]): Promise<HeldClaim[]> {
    const found: HeldClaim[] = [];
    for (const chunk of chunks(distinct(seats))) {
      const rows = await this.#sql.query<HeldClaim>(
        `SELECT c.schedule_id AS scheduleId, c.seat_number AS seatNumber, c.reservation_id AS reservationId,
                r.status, r.hold_expires_at AS holdExpiresAt
         FROM seat_claims c LEFT JOIN reservations r ON r.id = c.reservation_id
         WHERE (c.schedule_id, c.seat_number) IN (${values(chunk.length, 2)})`,
        chunk.flatMap(({ scheduleId, seatNumber }) => [scheduleId, seatNumber]),
      );
      found.push(...rows);
    }
    return found;
  }

  findFrom(scheduleId: number, fromSeat: number, limit: number): Promise<SeatClaim[]> {
    return this.#sql.query<SeatClaim>(
      `SELECT schedule_id AS scheduleId, seat_number AS seatNumber, reservation_id AS reservationId
       FROM seat_claims WHERE schedule_id = ? AND seat_number >= ? ORDER BY seat_number LIMIT ?`,
      [scheduleId, fromSeat, limit],
    );
  }

  async take(claims: readonly SeatClaim[]): Promise<SeatClaim[]> {
    const owners: SeatClaim[] = [];
    for (const chunk of chunks([...claims].sort(byKey))) {
      // Not INSERT IGNORE, which would swallow every other error as well.
      await this.#sql.execute(
        `INSERT INTO seat_claims (schedule_id, seat_number, reservation_id) VALUES ${values(chunk.length, 3)}
         ON DUPLICATE KEY UPDATE reservation_id = reservation_id`,
        chunk.flatMap(({ scheduleId, seatNumber, reservationId }) => [scheduleId, seatNumber, reservationId]),
      );
      const rows = await this.#sql.query<SeatClaim>(
        `SELECT schedule_id AS scheduleId, seat_number AS seatNumber, reservation_id AS reservationId
         FROM seat_claims WHERE (schedule_id, seat_number) IN (${values(chunk.length, 2)})`,
        chunk.flatMap(({ scheduleId, seatNumber }) => [scheduleId, seatNumber]),
      );
      owners.push(...rows);
    }
    return owners;
  }

  async free(claims: readonly SeatClaim[]): Promise<void> {
    for (const chunk of chunks([...claims].sort(byKey))) {
      const keys = chunk.flatMap(({ scheduleId, seatNumber }) => [scheduleId, seatNumber]);
      const ids = chunk.flatMap(({ reservationId }) => (reservationId === null ? [] : [reservationId]));
      // A reservation has one seat, so a claim of one of these seats by one of these ids is a pair that was asked for.
      const carried = [
        ...(ids.length > 0 ? [`reservation_id IN (${inList(ids.length)})`] : []),
        ...(ids.length < chunk.length ? ['reservation_id IS NULL'] : []),
      ].join(' OR ');
      await this.#sql.execute(
        `DELETE FROM seat_claims WHERE (schedule_id, seat_number) IN (${values(chunk.length, 2)}) AND (${carried})`,
        [...keys, ...ids],
      );
    }
  }
}

/** The order in which every transaction locks claims. */
const byKey = (a: Seat, b: Seat): number => a.scheduleId - b.scheduleId || a.seatNumber - b.seatNumber;

function distinct(seats: readonly Seat[]): Seat[] {
  return [...new Map(seats.map((seat) => [`${seat.scheduleId}/${seat.seatNumber}`, seat])).values()].sort(byKey);
}
