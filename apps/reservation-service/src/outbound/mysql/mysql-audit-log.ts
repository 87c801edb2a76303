import type { SqlTransaction } from '@stagedoor/platform';
import type { AuditEntry, AuditLog } from '../../application/ports.ts';

/** The table `audit_log`, within one transaction. */
export class MysqlAuditLog implements AuditLog {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async add({ at, actor, action, subject, detail }: AuditEntry): Promise<void> {
    await this.#sql.execute('INSERT INTO audit_log (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)', [
      at,
      actor,
      action,
      subject,
      JSON.stringify(detail),
    ]);
  }
}
