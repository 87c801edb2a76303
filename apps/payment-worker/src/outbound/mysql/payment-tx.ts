import type { Outbox } from '@stagedoor/messaging';
import type { SqlTransaction } from '@stagedoor/platform';
import type { PaymentTx } from '../../application/ports.ts';
import { MysqlPayments } from './payments.ts';
import { MysqlRefunds } from './refunds.ts';
import { MysqlTopUps } from './top-ups.ts';
import { MysqlTransfers } from './transfers.ts';
import { MysqlWallets } from './wallets.ts';

/** What the application may touch within one MySQL transaction. */
export function mysqlPaymentTx(sql: SqlTransaction, outbox: Outbox): PaymentTx {
  return {
    wallets: new MysqlWallets(sql),
    transfers: new MysqlTransfers(sql),
    payments: new MysqlPayments(sql),
    refunds: new MysqlRefunds(sql),
    topUps: new MysqlTopUps(sql),
    outbox,
  };
}
