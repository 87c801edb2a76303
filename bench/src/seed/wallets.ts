import type { Connection } from 'mariadb';
import { SEAT_PRICE } from '../system/concert.ts';
import { FAN_DIGITS, fanName } from '../tokens/fans.ts';
import { utc } from './held-reservations.ts';

/** Won, for many seats. */
export const PLENTY = 20 * SEAT_PRICE;
const PER_STATEMENT = 10_000;
const DIGITS =
  '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
/** The numbers from 0 to PER_STATEMENT - 1, made by the server: both MariaDB and MySQL take it. */
const NUMBERS = `(SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d AS n FROM ${DIGITS} a, ${DIGITS} b, ${DIGITS} c, ${DIGITS} e)`;
const FAN = `CONCAT('${fanName(0).slice(0, -FAN_DIGITS)}', LPAD(numbers.n + ?, ${FAN_DIGITS}, '0'))`;

/** Gives the fans 0 to count-1 a wallet with this much in it, topped up once, as the ledger wants it. Who has one
 * already keeps it as it is. */
export async function seedWallets(database: Connection, count: number, won: number): Promise<void> {
  const at = utc(new Date());
  for (let from = 0; from < count; from += PER_STATEMENT) {
    const size = Math.min(PER_STATEMENT, count - from);
    await database.beginTransaction();
    await database.query(
      `INSERT IGNORE INTO wallets (user_id, balance, created_at)
       SELECT ${FAN}, ?, ? FROM ${NUMBERS} numbers WHERE numbers.n < ? ORDER BY numbers.n`,
      [from, won, at, size],
    );
    await database.query(
      `INSERT IGNORE INTO transfers (kind, debit_account, credit_account, amount, user_id, reference, balance_after, created_at)
       SELECT 'TOP_UP', 'system:funding', CONCAT('fan:', fan), ?, fan, CONCAT('bench-', fan), ?, ?
       FROM (SELECT ${FAN} AS fan FROM ${NUMBERS} numbers WHERE numbers.n < ? ORDER BY numbers.n) fans`,
      [won, won, at, from, size],
    );
    await database.commit();
  }
}
