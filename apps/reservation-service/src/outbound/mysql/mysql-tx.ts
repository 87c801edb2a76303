import { MysqlOutbox } from '@stagedoor/messaging';
import type { SqlTransaction } from '@stagedoor/platform';
import type { Tx } from '../../application/ports.ts';
import { MysqlAuditLog } from './mysql-audit-log.ts';
import { MysqlReservations } from './mysql-reservations.ts';
import { MysqlSchedules } from './mysql-schedules.ts';
import { MysqlSeatClaims } from './mysql-seat-claims.ts';
import { MysqlSeatMaps } from './mysql-seat-maps.ts';

/** Who wants to know, in this process, that a transaction has committed. */
export interface CommitListeners {
  seatMapChanged(scheduleId: number): void;
  messagesAdded(): void;
}

/** All tables of this service within one transaction. */
export function mysqlTx(sql: SqlTransaction, listeners: CommitListeners): Tx {
  return {
    schedules: new MysqlSchedules(sql),
    reservations: new MysqlReservations(sql),
    claims: new MysqlSeatClaims(sql),
    seatMaps: new MysqlSeatMaps(sql, listeners.seatMapChanged),
    audit: new MysqlAuditLog(sql),
    outbox: new MysqlOutbox(sql, listeners.messagesAdded),
    afterCommit: (callback) => sql.afterCommit(callback),
  };
}
