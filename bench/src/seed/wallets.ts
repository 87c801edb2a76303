import type { Connection } from 'mariadb';
import { SEAT_PRICE } from '../system/concert.ts';
import { fanName } from '../tokens/fans.ts';
import { utc } from './held-reservations.ts';

/** Won, for many seats. */
export const PLENTY = 20 * SEAT_PRICE;
const PER_STATEMENT = 2_000;

/** Gives the fans 0 to count-1 a wallet with this much in it, topped up once, as the ledger wants it. Who has one
 * already keeps it as it is. */
export async function seedWallets(database: Connection, count: number, won: number): Promise<void> {
  const at = utc(new Date());
  for (let from = 0; from < count; from += PER_STATEMENT) {
    const fans = Array.from({ length: Math.min(PER_STATEMENT, count - from) }, (_, index) => fanName(from + index));
    await database.beginTransaction();
    await database.batch(
      'INSERT IGNORE INTO wallets (user_id, balance, created_at) VALUES (?, ?, ?)',
      fans.map((fan) => [fan, won, at]),
    );
    await database.batch(
      `INSERT IGNORE INTO transfers (kind, debit_account, credit_account, amount, user_id, reference, balance_after, created_at)
       VALUES ('TOP_UP', 'system:funding', ?, ?, ?, ?, ?, ?)`,
      fans.map((fan) => [`fan:${fan}`, won, fan, `bench-${fan}`, won, at]),
    );
    await database.commit();
  }
}
