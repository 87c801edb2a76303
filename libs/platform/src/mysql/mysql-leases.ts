import { mysqlErrno } from '../errors/transient.ts';
import type { LeaseStore } from '../jobs/leadership.ts';
import type { Database } from './database.ts';

const ER_DUP_ENTRY = 1062;

/**
 * Leases in the table `leases (name, holder, expires_at)` that each app's schema has. The database's clock judges, so
 * replicas whose clocks disagree still agree on who leads.
 */
export class Leases implements LeaseStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async tryAcquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const until = 'UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND';
    const { affectedRows } = await this.#database.pool.query(
      `UPDATE leases SET holder = ?, expires_at = ${until}
       WHERE name = ? AND (holder = ? OR expires_at <= UTC_TIMESTAMP(3))`,
      [holder, ttlMs * 1000, name, holder],
    );
    if (affectedRows > 0) return true;
    try {
      await this.#database.pool.query(`INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ${until})`, [
        name,
        holder,
        ttlMs * 1000,
      ]);
      return true;
    } catch (error) {
      if (mysqlErrno(error) === ER_DUP_ENTRY) return false;
      throw error;
    }
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#database.pool.query('DELETE FROM leases WHERE name = ? AND holder = ?', [name, holder]);
  }
}
