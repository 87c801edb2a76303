import { inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { NumberBlock, RoomStore, Seed, StoredRoom } from '../../application/ports.ts';
import type { Room } from '../../domain/room.ts';
import { ROOM_COLUMNS, type RoomRow, roomOf, settingsOf } from './room-rows.ts';

/** The table `rooms` within one transaction. */
export class MysqlRooms implements RoomStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async insertNew(rooms: readonly Room[], seed: () => Seed, now: Date): Promise<void> {
    if (rooms.length === 0) return;
    await this.#sql.execute(
      `INSERT INTO rooms (schedule_id, mode, rate_per_second, max_inside, opens_at, opening_override, sales_end_at,
         cancelled, message, version, learned_at, seed, seed_hash, created_at, updated_at)
       VALUES ${values(rooms.length, 15)} ON DUPLICATE KEY UPDATE schedule_id = schedule_id`,
      rooms.flatMap((room) => {
        const made = seed();
        return [room.scheduleId, ...settingsOf(room), made.seed, made.seedHash, now, now];
      }),
    );
  }

  async lock(scheduleIds: readonly number[]): Promise<StoredRoom[]> {
    if (scheduleIds.length === 0) return [];
    const rows = await this.#sql.query<RoomRow>(
      `SELECT ${ROOM_COLUMNS} FROM rooms WHERE schedule_id IN (${inList(scheduleIds.length)})
       ORDER BY schedule_id FOR UPDATE`,
      [...scheduleIds],
    );
    return rows.map(roomOf);
  }

  async saveSettings(room: Room, now: Date): Promise<void> {
    await this.#sql.execute(
      `UPDATE rooms SET mode = ?, rate_per_second = ?, max_inside = ?, opens_at = ?, opening_override = ?,
         sales_end_at = ?, cancelled = ?, message = ?, version = ?, learned_at = ?, updated_at = ?
       WHERE schedule_id = ?`,
      [...settingsOf(room), now, room.scheduleId],
    );
  }

  takeNumbers(scheduleId: number, count: number): Promise<NumberBlock> {
    return this.#take(scheduleId, count);
  }

  async takeNumbersAfterLoss(scheduleId: number, count: number, now: Date): Promise<NumberBlock> {
    await this.#sql.execute('UPDATE rooms SET restored_through = sequence_high, updated_at = ? WHERE schedule_id = ?', [
      now,
      scheduleId,
    ]);
    return this.#take(scheduleId, count);
  }

  async raiseServing(scheduleId: number, serving: number): Promise<void> {
    await this.#sql.execute('UPDATE rooms SET serving = GREATEST(serving, ?) WHERE schedule_id = ?', [
      serving,
      scheduleId,
    ]);
  }

  async #take(scheduleId: number, count: number): Promise<NumberBlock> {
    await this.#sql.execute('UPDATE rooms SET sequence_high = sequence_high + ? WHERE schedule_id = ?', [
      count,
      scheduleId,
    ]);
    const [row] = await this.#sql.query<{ sequence_high: number }>(
      'SELECT sequence_high FROM rooms WHERE schedule_id = ?',
      [scheduleId],
    );
    if (row === undefined) throw new Error(`no room for schedule ${scheduleId}`);
    return { low: row.sequence_high - count, high: row.sequence_high };
  }
}
