import { type Database, Problem } from '@stagedoor/platform';
import type { PoolConnection } from 'mariadb';
import type { Pool } from 'undici';

interface Row {
  status: string;
  amount: number;
  expired: number;
}

/** Pays within the request: pending, charged by the provider, confirmed. Each step is one indexed row in one transaction. */
export class Payments {
  readonly #database: Database;
  readonly #provider: Pool;

  constructor(database: Database, provider: Pool) {
    this.#database = database;
    this.#provider = provider;
  }

  /** @throws Problem NOT_FOUND, HOLD_EXPIRED, PAYMENT_ALREADY_REQUESTED, UNAVAILABLE where the provider does not charge */
  async pay(reservationId: string, userId: string, key: string): Promise<'CONFIRMED'> {
    const amount = await this.#transaction(async (connection) => {
      const [row] = (await connection.execute(
        `SELECT status, amount, hold_expires_at <= UTC_TIMESTAMP(3) AS expired FROM reservations
         WHERE id = ? AND user_id = ? FOR UPDATE`,
        [reservationId, userId],
      )) as Row[];
      if (row === undefined) throw new Problem('NOT_FOUND');
      if (row.status !== 'TEMPORARY_ASSIGNED') throw new Problem('PAYMENT_ALREADY_REQUESTED');
      if (row.expired) throw new Problem('HOLD_EXPIRED');
      await connection.execute(
        `UPDATE reservations SET status = 'PAYMENT_PENDING', version = version + 1, payment_key = ?,
           payment_requested_at = UTC_TIMESTAMP(3) WHERE id = ?`,
        [key, reservationId],
      );
      return Number(row.amount);
    });

    const chargeKey = `charge:${reservationId}`;
    const { statusCode, body } = await this.#provider.request({
      method: 'POST',
      path: '/charges',
      headers: { 'content-type': 'application/json', 'idempotency-key': chargeKey },
      body: JSON.stringify({ userId, amount }),
    });
    await body.dump();
    if (statusCode >= 300) throw new Problem('UNAVAILABLE', 'the payment was not made');

    await this.#transaction(async (connection) => {
      await connection.execute(
        `INSERT INTO before_payments (charge_key, reservation_id, user_id, amount, paid_at)
         VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3))`,
        [chargeKey, reservationId, userId, amount],
      );
      await connection.execute(
        `UPDATE reservations SET status = 'CONFIRMED', version = version + 1, charge_key = ?, decided_at = UTC_TIMESTAMP(3),
           due_at = NULL WHERE id = ?`,
        [chargeKey, reservationId],
      );
    });
    return 'CONFIRMED';
  }

  async #transaction<T>(work: (connection: PoolConnection) => Promise<T>): Promise<T> {
    const connection = await this.#database.pool.getConnection();
    try {
      await connection.beginTransaction();
      const result = await work(connection);
      await connection.commit();
      return result;
    } catch (error) {
      await connection.rollback();
      throw error;
    } finally {
      await connection.release();
    }
  }
}
