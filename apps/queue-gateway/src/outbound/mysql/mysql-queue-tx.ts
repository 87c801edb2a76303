import type { OutboundMessage } from '@stagedoor/contracts';
import { MysqlOutbox } from '@stagedoor/messaging';
import { type SqlTransaction, values } from '@stagedoor/platform';
import type { AuditLog, DepartureStore, FanOfSchedule, QueueTx } from '../../application/ports.ts';
import { MysqlAdmissions } from './mysql-admissions.ts';
import { MysqlRooms } from './mysql-rooms.ts';

/**
 * What a use case may touch within one MySQL transaction.
 * @param onAdded called after a commit that added to the outbox
 */
export function queueTx(sql: SqlTransaction, onAdded: () => void): QueueTx {
  const outbox = new MysqlOutbox(sql, onAdded);
  return {
    rooms: new MysqlRooms(sql),
    admissions: new MysqlAdmissions(sql),
    departures: new MysqlDepartures(sql),
    audit: new MysqlAuditLog(sql),
    outbox: { add: (messages: readonly OutboundMessage[]) => outbox.add(messages) },
  };
}

class MysqlDepartures implements DepartureStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async record(departures: readonly (FanOfSchedule & { sequence: number })[], now: Date): Promise<void> {
    if (departures.length === 0) return;
    await this.#sql.execute(
      `INSERT INTO departures (schedule_id, user_id, sequence, left_at) VALUES ${values(departures.length, 4)}
       ON DUPLICATE KEY UPDATE sequence = GREATEST(sequence, VALUES(sequence)), left_at = VALUES(left_at)`,
      departures.flatMap(({ scheduleId, userId, sequence }) => [scheduleId, userId, sequence, now]),
    );
  }
}

class MysqlAuditLog implements AuditLog {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async record(entry: Parameters<AuditLog['record']>[0]): Promise<void> {
    await this.#sql.execute(
      'INSERT INTO audit_log (id, actor, action, subject, detail, at) VALUES (?, ?, ?, ?, ?, ?)',
      [entry.id, entry.actor, entry.action, entry.subject, JSON.stringify(entry.detail), entry.at],
    );
  }
}
