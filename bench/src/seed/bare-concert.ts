import type { Connection } from 'mariadb';
import { SEAT_PRICE } from '../system/concert.ts';
import { utc } from './held-reservations.ts';

const DAY_MS = 86_400_000;

/** Schedules on sale, written straight into the tables, for a system without the interface to publish them. */
export async function seedSchedules(database: Connection, seatsOfSchedules: readonly number[]): Promise<number[]> {
  const now = Date.now();
  const { insertId: concert } = await database.query(
    "INSERT INTO concerts (title, venue, created_at) VALUES ('Benchmark', 'Stagedoor Arena', UTC_TIMESTAMP(3))",
  );
  const ids: number[] = [];
  for (const seats of seatsOfSchedules) {
    const { insertId: id } = await database.query(
      "INSERT INTO schedules (concert_id, starts_at, opens_at, status, seats_total) VALUES (?, ?, ?, 'ON_SALE', ?)",
      [concert, utc(new Date(now + 30 * DAY_MS)), utc(new Date(now)), seats],
    );
    await database.query(
      `INSERT INTO sections (schedule_id, ordinal, name, grade, price, from_seat, to_seat, row_length)
       VALUES (?, 1, 'Floor', 'R', ?, 1, ?, 100)`,
      [id, SEAT_PRICE, seats],
    );
    await database.query(
      `INSERT INTO seat_maps (schedule_id, seats_total, terms_revision, version, claimed, blocked, sold)
       VALUES (?, ?, 1, 0, 0, 0, 0)`,
      [id, seats],
    );
    ids.push(Number(id));
  }
  return ids;
}
