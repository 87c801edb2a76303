import type { Connection } from 'mariadb';
import { utc } from './held-reservations.ts';

const FIRST = 1_000;
const OLD_SEAT = 1;
const YEAR_MS = 365 * 86_400_000;

/**
 * Puts this many reservations of earlier seasons into a table that is still empty: expired, without a claim, of a schedule that is long over.
 * Their ids are spread like old UUIDv7s, before all new ones. They have no events any more (retention took them), so they
 * are taken out again before the invariants are checked. Secondary indexes are built at the end, each in one sorted pass:
 * kept up row by row they would soon outgrow the buffer pool, and the load would take longer with every million. Nobody
 * else may use the table meanwhile.
 */
export async function addOldReservations(
  database: Connection,
  count: number,
  tell: (done: string) => void,
): Promise<void> {
  const indexes = await secondaryIndexes(database);
  const change = (of: (index: SecondaryIndex) => string) =>
    database.query(`ALTER TABLE reservations ${indexes.map(of).join(', ')}`);
  await change(({ name }) => `DROP INDEX ${name}`);
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
    tell(`${have} of ${count} old reservations`);
  }
  tell(`building ${indexes.length} indexes over ${count} old reservations`);
  await change(({ name, unique, columns: of }) => `ADD ${unique ? 'UNIQUE ' : ''}INDEX ${name} (${of})`);
}

interface SecondaryIndex {
  name: string;
  unique: boolean;
  columns: string;
}

async function secondaryIndexes(database: Connection): Promise<SecondaryIndex[]> {
  const found = (await database.query(
    `SELECT INDEX_NAME AS name, MIN(NON_UNIQUE) AS nonUnique,
            GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX SEPARATOR ', ') AS columns
     FROM information_schema.STATISTICS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'reservations' AND INDEX_NAME <> 'PRIMARY' GROUP BY INDEX_NAME`,
  )) as { name: string; nonUnique: number; columns: string }[];
  return found.map(({ name, nonUnique, columns }) => ({ name, unique: Number(nonUnique) === 0, columns }));
}

/** Takes them out, by copying the others: deleting five million rows takes longer than the suite. */
export async function removeOldReservations(database: Connection): Promise<void> {
  await database.query('CREATE TABLE reservations_kept LIKE reservations');
  await database.query('INSERT INTO reservations_kept SELECT * FROM reservations WHERE schedule_id < 4000000000');
  await database.query('RENAME TABLE reservations TO reservations_old, reservations_kept TO reservations');
  await database.query('DROP TABLE reservations_old');
}
