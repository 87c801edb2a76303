import { inList, mysqlErrno, type SqlTransaction, values } from '@stagedoor/platform';
import {
  type NewConcert,
  type NewSchedule,
  SampleExists,
  type Schedules,
  type ScheduleTerms,
} from '../../application/ports.ts';
import type { Schedule, Section } from '../../domain/schedule.ts';

const ER_DUP_ENTRY = 1062;

type ScheduleRow = Omit<Schedule, 'sections'> & { cancellingSince: Date | null };
type LockedSchedule = Schedule & { cancellingSince: Date | null };

/** The tables `concerts`, `schedules` and `sections`, within one transaction. */
export class MysqlSchedules implements Schedules {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async insertConcert({ title, venue, sample, createdAt, schedules }: NewConcert) {
    try {
      await this.#sql.execute('INSERT INTO concerts (title, venue, sample, created_at) VALUES (?, ?, ?, ?)', [
        title,
        venue,
        sample,
        createdAt,
      ]);
    } catch (error) {
      if (mysqlErrno(error) !== ER_DUP_ENTRY) throw error;
      throw new SampleExists(`the sample concert ${sample} is there`, { cause: error });
    }
    const concertId = await this.#insertedId();
    const ids: number[] = [];
    for (const schedule of schedules) ids.push(await this.#insertSchedule(concertId, schedule));
    return { concertId, schedules: await this.find(ids) };
  }

  async hasConcert(): Promise<boolean> {
    return (await this.#sql.query('SELECT id FROM concerts LIMIT 1', [])).length > 0;
  }

  async lock(id: number): Promise<LockedSchedule | null> {
    const locked = await this.#sql.query('SELECT id FROM schedules WHERE id = ? FOR UPDATE', [id]);
    return locked.length === 0 ? null : ((await this.find([id]))[0] ?? null);
  }

  async find(ids: readonly number[]): Promise<LockedSchedule[]> {
    const rows = await this.#sql.query<ScheduleRow>(
      `SELECT s.id, s.concert_id AS concertId, c.title, c.venue, s.starts_at AS startsAt, s.opens_at AS opensAt,
              s.sales_end_at AS salesEndAt, s.cancellable_until AS cancellableUntil, s.status,
              s.cancel_reason AS cancelReason, s.cancelling_since AS cancellingSince, s.seats_total AS seatsTotal,
              m.terms_revision AS termsRevision
       FROM schedules s JOIN concerts c ON c.id = s.concert_id JOIN seat_maps m ON m.schedule_id = s.id
       WHERE s.id IN (${inList(ids.length)}) ORDER BY s.id`,
      [...ids],
    );
    const sections = await this.#sql.query<Section & { scheduleId: number }>(
      `SELECT schedule_id AS scheduleId, name, grade, price, from_seat AS \`from\`, to_seat AS \`to\`,
              row_length AS rowLength
       FROM sections WHERE schedule_id IN (${inList(ids.length)}) ORDER BY schedule_id, ordinal`,
      [...ids],
    );
    return rows.map((row) => ({
      ...row,
      sections: sections
        .filter(({ scheduleId }) => scheduleId === row.id)
        .map(({ scheduleId: _, ...section }) => section),
    }));
  }

  async save(id: number, terms: ScheduleTerms): Promise<void> {
    await this.#sql.execute(
      `UPDATE schedules SET starts_at = ?, opens_at = ?, sales_end_at = ?, cancellable_until = ?, status = ?,
                            cancel_reason = ?, cancelling_since = ? WHERE id = ?`,
      [
        terms.startsAt,
        terms.opensAt,
        terms.salesEndAt,
        terms.cancellableUntil,
        terms.status,
        terms.cancelReason,
        terms.cancellingSince,
        id,
      ],
    );
  }

  async findCancelling(limit: number): Promise<number[]> {
    const rows = await this.#sql.query<{ id: number }>(
      'SELECT id FROM schedules WHERE cancelling_since IS NOT NULL ORDER BY cancelling_since LIMIT ?',
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async #insertSchedule(concertId: number, { startsAt, opensAt, sections, seatsTotal }: NewSchedule): Promise<number> {
    await this.#sql.execute(
      "INSERT INTO schedules (concert_id, starts_at, opens_at, status, seats_total) VALUES (?, ?, ?, 'ON_SALE', ?)",
      [concertId, startsAt, opensAt, seatsTotal],
    );
    const id = await this.#insertedId();
    await this.#sql.execute(
      `INSERT INTO sections (schedule_id, ordinal, name, grade, price, from_seat, to_seat, row_length)
       VALUES ${values(sections.length, 8)}`,
      sections.flatMap(({ name, grade, price, from, to, rowLength }, index) => [
        id,
        index + 1,
        name,
        grade,
        price,
        from,
        to,
        rowLength,
      ]),
    );
    await this.#sql.execute(
      `INSERT INTO seat_maps (schedule_id, seats_total, terms_revision, version, claimed, blocked, sold)
       VALUES (?, ?, 1, 1, 0, 0, 0)`,
      [id, seatsTotal],
    );
    return id;
  }

  async #insertedId(): Promise<number> {
    const [row] = await this.#sql.query<{ id: number }>('SELECT LAST_INSERT_ID() AS id', []);
    if (row === undefined) throw new Error('the database gave no id');
    return row.id;
  }
}
