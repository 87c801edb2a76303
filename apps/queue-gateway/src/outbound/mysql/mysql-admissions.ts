import { derivedTable, inList, type SqlTransaction, values } from '@stagedoor/platform';
import type { AdmissionStore, FanOfSchedule } from '../../application/ports.ts';
import { type Admission, liveHolds } from '../../domain/admission.ts';
import { ADMISSION_COLUMNS, type AdmissionRow, admissionOf, rowOf, writeHolds } from './admission-rows.ts';

/** The table `admissions` within one transaction. */
export class MysqlAdmissions implements AdmissionStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async lockOfFans(fans: readonly FanOfSchedule[]): Promise<Admission[]> {
    if (fans.length === 0) return [];
    // MariaDB finds no index for (schedule_id, user_id) IN ((?, ?), …); this way both databases read, and so lock, in the
    // order of the index on (schedule_id, user_id, sequence).
    const bySchedule = [...Map.groupBy(fans, ({ scheduleId }) => scheduleId)];
    const rows = await this.#sql.query<AdmissionRow>(
      `SELECT ${ADMISSION_COLUMNS} FROM admissions
       WHERE ${bySchedule.map(([, group]) => `(schedule_id = ? AND user_id IN (${inList(group.length)}))`).join(' OR ')}
       ORDER BY schedule_id, user_id, sequence FOR UPDATE`,
      bySchedule.flatMap(([scheduleId, group]) => [scheduleId, ...group.map(({ userId }) => userId)]),
    );
    return rows.map(admissionOf);
  }

  async findLapsed(now: Date, limit: number): Promise<FanOfSchedule[]> {
    const rows = await this.#sql.query<{ schedule_id: number; user_id: string }>(
      `SELECT schedule_id, user_id FROM admissions
       WHERE ended_at IS NULL AND ends_at <= ? AND live_holds = 0 ORDER BY ends_at LIMIT ?`,
      [now, limit],
    );
    return rows.map((row) => ({ scheduleId: row.schedule_id, userId: row.user_id }));
  }

  async insert(admissions: readonly Admission[]): Promise<void> {
    if (admissions.length === 0) return;
    await this.#sql.execute(
      `INSERT INTO admissions (${ADMISSION_COLUMNS}, live_holds) VALUES ${values(admissions.length, 10)}`,
      admissions.flatMap(rowOf),
    );
  }

  async save(admissions: readonly Admission[]): Promise<void> {
    if (admissions.length === 0) return;
    await this.#sql.execute(
      `UPDATE admissions JOIN (${derivedTable(['id', 'ended_at', 'end_reason', 'holds', 'live_holds'], admissions.length)}) AS saved
         ON saved.id = admissions.id
       SET admissions.ended_at = saved.ended_at, admissions.end_reason = saved.end_reason,
         admissions.holds = saved.holds, admissions.live_holds = saved.live_holds`,
      admissions.flatMap((admission) => [
        admission.id,
        admission.endedAt,
        admission.endReason,
        writeHolds(admission.holds),
        liveHolds(admission),
      ]),
    );
  }
}
