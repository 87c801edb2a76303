import type { OutboundMessage } from '@stagedoor/contracts';
import { MysqlOutbox } from '@stagedoor/messaging';
import { MysqlUnitOfWork, openDatabase, uuidv7Ids } from '@stagedoor/platform';
import { testDatabase } from '@stagedoor/testkit';
import {
  type PaymentService,
  type PaymentServiceOptions,
  paymentService,
} from '../../src/application/payment-service.ts';
import type { PaymentTx } from '../../src/application/ports.ts';
import { mysqlPaymentTx } from '../../src/outbound/mysql/payment-tx.ts';
import { walletProvider } from '../../src/outbound/wallet/wallet-provider.ts';
import { noMetrics, standingClock } from '../builders.ts';
import type { Books } from '../ledger.ts';
import { booksOf } from './books.ts';

/** A migrated database of the test's own, and what a test wants to do with it. */
export async function paymentDatabase(poolSize = 10) {
  const created = await testDatabase('payment-worker');
  const database = openDatabase({ ...created.config, MYSQL_POOL_SIZE: poolSize });
  const unitOfWork = new MysqlUnitOfWork<PaymentTx>(database, (sql) =>
    mysqlPaymentTx(sql, new MysqlOutbox(sql, () => {})),
  );
  const sql = new MysqlUnitOfWork(database, (transaction) => transaction);
  const query = <Row>(text: string) => sql.run((transaction) => transaction.query<Row>(text, []));

  return {
    url: created.url,
    config: created.config,
    database,
    unitOfWork,
    query,

    /** One replica of the app's use cases, with group commits of its own. */
    replica: (options: Partial<PaymentServiceOptions> = {}): PaymentService =>
      paymentService({
        unitOfWork,
        provider: walletProvider,
        clock: standingClock(),
        ids: uuidv7Ids,
        metrics: noMetrics,
        maxBatch: 100,
        maxQueuedMessages: 10_000,
        maxQueuedRequests: 10_000,
        ...options,
      }),

    async outbox(): Promise<OutboundMessage[]> {
      const rows = await query<{ messages: string }>('SELECT messages FROM outbox ORDER BY id');
      return rows.flatMap(({ messages }) => JSON.parse(messages) as OutboundMessage[]);
    },

    books: (): Promise<Books> => booksOf(created),

    /** Forgets everything, for the next run of a law. */
    async empty(): Promise<void> {
      for (const table of ['wallets', 'transfers', 'payments', 'refunds', 'top_ups', 'outbox']) {
        await sql.run((transaction) => transaction.execute(`DELETE FROM ${table}`, []));
      }
    },

    async close(): Promise<void> {
      await database.close();
      await created.drop();
    },
  };
}

export type PaymentDatabase = Awaited<ReturnType<typeof paymentDatabase>>;
