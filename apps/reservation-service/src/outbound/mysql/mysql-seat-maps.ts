import { derivedTable, inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { SeatMaps } from '../../application/ports.ts';
import type { SeatMap, SeatMapStep } from '../../domain/seat-map.ts';

/** The tables `seat_maps` and `seat_changes`, within one transaction. */
export class MysqlSeatMaps implements SeatMaps {
  readonly #sql: SqlTransaction;
  readonly #onChanged: (scheduleId: number) => void;

  /** `onChanged` is called for each changed schedule once the transaction has committed. */
  constructor(sql: SqlTransaction, onChanged: (scheduleId: number) => void) {
    this.#sql = sql;
    this.#onChanged = onChanged;
  }

  lock(scheduleIds: readonly number[]): Promise<SeatMap[]> {
    return this.#sql.query<SeatMap>(
      `SELECT schedule_id AS scheduleId, seats_total AS seatsTotal, terms_revision AS termsRevision, version, claimed,
              blocked, sold, first_sold_at AS firstSoldAt, sold_out_at AS soldOutAt
       FROM seat_maps WHERE schedule_id IN (${inList(scheduleIds.length)}) ORDER BY schedule_id FOR UPDATE`,
      [...scheduleIds],
    );
  }

  async save(maps: readonly SeatMap[]): Promise<void> {
    if (maps.length === 0) return;
    const table = derivedTable(
      ['id', 'terms_revision', 'version', 'claimed', 'blocked', 'sold', 'first_sold_at', 'sold_out_at'],
      maps.length,
    );
    await this.#sql.execute(
      `UPDATE seat_maps m JOIN (${table}) d ON m.schedule_id = d.id
       SET m.terms_revision = d.terms_revision, m.version = d.version, m.claimed = d.claimed, m.blocked = d.blocked,
           m.sold = d.sold, m.first_sold_at = d.first_sold_at, m.sold_out_at = d.sold_out_at`,
      maps.flatMap((map) => [
        map.scheduleId,
        map.termsRevision,
        map.version,
        map.claimed,
        map.blocked,
        map.sold,
        map.firstSoldAt,
        map.soldOutAt,
      ]),
    );
    this.#sql.afterCommit(() => {
      for (const { scheduleId } of maps) this.#onChanged(scheduleId);
    });
  }

  async addSteps(steps: readonly (SeatMapStep & { scheduleId: number; at: Date })[]): Promise<void> {
    await this.#sql.execute(
      `INSERT INTO seat_changes (schedule_id, version, taken, freed, at) VALUES ${values(steps.length, 5)}`,
      steps.flatMap(({ scheduleId, version, taken, freed, at }) => [
        scheduleId,
        version,
        JSON.stringify(taken),
        JSON.stringify(freed),
        at,
      ]),
    );
  }
}
