import type { Database } from '@stagedoor/platform';
import type { ClaimedSeats, SeatMapQueries, StoredStep } from '../../application/queries.ts';

/** Seat maps, read beside all transactions. The driver's pool and not the typed client: 20,000 rows of two numbers. */
export class MysqlSeatMapQueries implements SeatMapQueries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async version(scheduleId: number): Promise<number | null> {
    const [row] = await this.#query<{ version: number | bigint }>(
      'SELECT version FROM seat_maps WHERE schedule_id = ?',
      [scheduleId],
    );
    return row === undefined ? null : Number(row.version);
  }

  async claimed(scheduleId: number): Promise<ClaimedSeats | null> {
    // One statement, so that the claims are those of the version beside them.
    const rows = await this.#query<{ version: number | bigint; seatsTotal: number; seatNumber: number | null }>(
      `SELECT m.version, m.seats_total AS seatsTotal, c.seat_number AS seatNumber
       FROM seat_maps m LEFT JOIN seat_claims c ON c.schedule_id = m.schedule_id
       WHERE m.schedule_id = ? ORDER BY c.seat_number`,
      [scheduleId],
    );
    const [first] = rows;
    if (first === undefined) return null;
    const taken = rows.flatMap(({ seatNumber }) => (seatNumber === null ? [] : [seatNumber]));
    return { version: Number(first.version), seatsTotal: first.seatsTotal, taken };
  }

  async stepsAfter(scheduleId: number, version: number, limit: number): Promise<StoredStep[]> {
    const rows = await this.#query<{ version: number | bigint; taken: string; freed: string }>(
      'SELECT version, taken, freed FROM seat_changes WHERE schedule_id = ? AND version > ? ORDER BY version LIMIT ?',
      [scheduleId, version, limit],
    );
    return rows.map((row) => ({
      version: Number(row.version),
      taken: JSON.parse(row.taken),
      freed: JSON.parse(row.freed),
    }));
  }

  #query<Row>(sql: string, params: (number | string)[]): Promise<Row[]> {
    return this.#database.pool.query<Row[]>(sql, params);
  }
}
