import type { Database } from '@stagedoor/platform';
import { MysqlUnitOfWork } from '@stagedoor/platform';
import type { SeatMap } from '../../src/domain/seat-map.ts';
import { type ReservationRow, selected, toReservation } from '../../src/outbound/mysql/reservation-rows.ts';
import type { Tables } from '../memory/memory-database.ts';

type Loaded = Pick<Tables, 'reservations' | 'claims' | 'seatMaps' | 'steps' | 'outbox'>;

/** The rows of one moment, as the checks of soundness.ts read them. Nothing may be writing meanwhile. */
export function loadTables(database: Database): Promise<Loaded> {
  return new MysqlUnitOfWork(database, (sql) => sql).run(async (sql) => {
    const reservations = await sql.query<ReservationRow>(`SELECT ${selected} FROM reservations ORDER BY id`, []);
    const claims = await sql.query<{ scheduleId: number; seatNumber: number; reservationId: string | null }>(
      `SELECT schedule_id AS scheduleId, seat_number AS seatNumber, reservation_id AS reservationId FROM seat_claims`,
      [],
    );
    const ids = (await sql.query<{ id: number }>('SELECT schedule_id AS id FROM seat_maps', [])).map(({ id }) => id);
    const maps = await sql.query<SeatMap>(
      `SELECT schedule_id AS scheduleId, seats_total AS seatsTotal, terms_revision AS termsRevision, version, claimed,
              blocked, sold, first_sold_at AS firstSoldAt, sold_out_at AS soldOutAt FROM seat_maps`,
      [],
    );
    const steps = await sql.query<{ scheduleId: number; version: number; taken: string; freed: string }>(
      'SELECT schedule_id AS scheduleId, version, taken, freed FROM seat_changes ORDER BY version',
      [],
    );
    const outbox = await sql.query<{ messages: string }>('SELECT messages FROM outbox ORDER BY id', []);
    return {
      reservations: new Map(reservations.map((row) => [row.id, toReservation(row)])),
      claims: new Map(claims.map((claim) => [`${claim.scheduleId}/${claim.seatNumber}`, claim])),
      seatMaps: new Map(maps.map((map) => [map.scheduleId, map])),
      steps: new Map(
        ids.map((id) => [
          id,
          steps
            .filter(({ scheduleId }) => scheduleId === id)
            .map(({ version, taken, freed }) => ({ version, taken: JSON.parse(taken), freed: JSON.parse(freed) })),
        ]),
      ),
      outbox: outbox.map(({ messages }) => JSON.parse(messages)),
    };
  });
}
