import type { Outbox } from '@stagedoor/messaging';
import type { SqlTransaction } from '@stagedoor/platform';
import type { ResultTx } from '../../application/ports.ts';
import { MysqlDeadLetters } from './dead-letters.ts';
import { type Keeping, MysqlPayments } from './payments.ts';
import { MysqlRefunds } from './refunds.ts';

/** The app's stores within one transaction. */
export const mysqlResultTx = (sql: SqlTransaction, outbox: Outbox, keeping: Keeping): ResultTx => ({
  payments: new MysqlPayments(sql, keeping),
  refunds: new MysqlRefunds(sql),
  deadLetters: new MysqlDeadLetters(sql),
  outbox,
  afterCommit: (callback) => sql.afterCommit(callback),
});
