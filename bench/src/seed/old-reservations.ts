import type { Connection } from 'mariadb';
import { utc } from './held-reservations.ts';

const FIRST = 1_000;
const OLD_SEAT = 1;
const YEAR_MS = 365 * 86_400_000;

/**
 * Puts this many reservations of earlier seasons into the table: expired, without a claim, of a schedule that is long over.
 * Their ids are spread like old UUIDv7s, before all new ones. They have no events any more (retention took them), so they
 * are taken out again before the invariants are checked.
 */
export async function addOldReservations(
  database: Connection,
  count: number,
  tell: (done: number) => void,
): Promise<void> {
  const at = utc(new Date(Date.now() - YEAR_MS));
  const columns =
    'id, user_id, schedule_id, seat_number, amount, status, version, held_at, hold_expires_at, decided_at, reason, refund';
  const id = (number: string) =>
    `CONCAT('00', LPAD(HEX(${number}), 6, '0'), '-0000-7000-8000-', LPAD(HEX(${number}), 12, '0'))`;
  await database.query('SET @n := 0');
  await database.batch(
    `INSERT INTO reservations (${columns}) VALUES (${id('(@n := @n + 1)')}, CONCAT('old-', @n), 4000000000, ?, 100000,
       'EXPIRED', 0, '${at}', '${at}', '${at}', 'HOLD_LAPSED', 'NONE')`,
    Array.from({ length: Math.min(FIRST, count) }, () => [OLD_SEAT]),
  );
  for (let have = Math.min(FIRST, count); have < count; ) {
    const more = Math.min(have, count - have, 200_000);
    await database.query(
      `INSERT INTO reservations (${columns})
       SELECT ${id('(@n := @n + 1)')}, CONCAT('old-', @n), schedule_id, seat_number, amount, status, version, held_at,
              hold_expires_at, decided_at, reason, refund
       FROM reservations WHERE schedule_id = 4000000000 LIMIT ?`,
      [more],
    );
    have += more;
    tell(have);
  }
}

/** Takes them out, by copying the others: deleting five million rows takes longer than the suite. */
export async function removeOldReservations(database: Connection): Promise<void> {
  await database.query('CREATE TABLE reservations_kept LIKE reservations');
  await database.query('INSERT INTO reservations_kept SELECT * FROM reservations WHERE schedule_id < 4000000000');
  await database.query('RENAME TABLE reservations TO reservations_old, reservations_kept TO reservations');
  await database.query('DROP TABLE reservations_old');
}
