import { inList, mysqlErrno, type SqlTransaction, values } from '@stagedoor/platform';
import {
  type FanOfSchedule,
  type LiveReservation,
  ReservationCollision,
  type Reservations,
} from '../../application/ports.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { chunks } from './chunks.ts';
import { columns, fields, type ReservationRow, selected, toReservation } from './reservation-rows.ts';
import { updateStatements } from './reservation-updates.ts';

const ER_DUP_ENTRY = 1062;

/** The table `reservations`, within one transaction. */
export class MysqlReservations implements Reservations {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  lock(ids: readonly string[]): Promise<Reservation[]> {
    return this.#byId(ids, 'FOR UPDATE');
  }

  find(ids: readonly string[]): Promise<Reservation[]> {
    return this.#byId(ids, '');
  }

  /** In id order, also from one statement to the next: that is the order in which every transaction locks. */
  async #byId(ids: readonly string[], locking: 'FOR UPDATE' | ''): Promise<Reservation[]> {
    const found: Reservation[] = [];
    for (const chunk of chunks([...new Set(ids)].sort())) {
      const rows = await this.#sql.query<ReservationRow>(
        `SELECT ${selected} FROM reservations WHERE id IN (${inList(chunk.length)}) ORDER BY id ${locking}`,
        [...chunk],
      );
      found.push(...rows.map(toReservation));
    }
    return found;
  }

  async findByHoldKeys(keys: readonly { userId: string; holdKey: string }[]): Promise<Reservation[]> {
    const rows = await this.#sql.query<ReservationRow>(
      `SELECT ${selected} FROM reservations WHERE (user_id, hold_key) IN (${values(keys.length, 2)}) ORDER BY id`,
      keys.flatMap(({ userId, holdKey }) => [userId, holdKey]),
    );
    return rows.map(toReservation);
  }

  findLive(fans: readonly FanOfSchedule[]): Promise<LiveReservation[]> {
    return this.#sql.query<LiveReservation>(
      `SELECT id, user_id AS userId, schedule_id AS scheduleId, live_slot AS liveSlot, status,
              hold_expires_at AS holdExpiresAt
       FROM reservations WHERE (user_id, schedule_id) IN (${values(fans.length, 2)}) AND live_slot IS NOT NULL`,
      fans.flatMap(({ userId, scheduleId }) => [userId, scheduleId]),
    );
  }

  async findDue(now: Date, limit: number): Promise<string[]> {
    const rows = await this.#sql.query<{ id: string }>(
      'SELECT id FROM reservations WHERE due_at <= ? ORDER BY due_at LIMIT ?',
      [now, limit],
    );
    return rows.map(({ id }) => id);
  }

  async insert(reservations: readonly Reservation[]): Promise<void> {
    try {
      await this.#sql.execute(
        `INSERT INTO reservations (${fields.map((field) => columns[field]).join(', ')})
         VALUES ${values(reservations.length, fields.length)}`,
        reservations.flatMap((reservation) => fields.map((field) => reservation[field])),
      );
    } catch (error) {
      if (mysqlErrno(error) !== ER_DUP_ENTRY) throw error;
      throw new ReservationCollision('a live slot or a hold key is taken', { cause: error });
    }
  }

  async save(changes: readonly { before: Reservation; after: Reservation }[]): Promise<void> {
    for (const { sql, params } of updateStatements(changes)) await this.#sql.execute(sql, params);
  }
}
