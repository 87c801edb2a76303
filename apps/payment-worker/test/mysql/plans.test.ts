import { MysqlUnitOfWork, type SqlTransaction } from '@stagedoor/platform';
import { QueryPlans } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mysqlPaymentTx } from '../../src/outbound/mysql/payment-tx.ts';
import { FakeProvider } from '../application/remote-provider.ts';
import { paymentOrder, refundOrder, topUpOrder } from '../builders.ts';
import { type PaymentDatabase, paymentDatabase } from './payment-database.ts';

let database: PaymentDatabase;
const plans = new QueryPlans();
const explaining = (sql: SqlTransaction) => plans.explaining(sql);

beforeAll(async () => {
  database = await paymentDatabase();
});
afterAll(() => database.close());

test('every statement finds its rows by a key, on small tables too', async () => {
  const unitOfWork = new MysqlUnitOfWork(database.database, (sql) =>
    mysqlPaymentTx(explaining(sql), { add: async () => {} }),
  );
  const wallet = database.replica({ unitOfWork });
  const outside = database.replica({ unitOfWork, provider: new FakeProvider() });
  for (const size of [1, 2, 3, 4, 6, 10]) {
    // So that the database knows how small they are, as it does after a while by itself.
    await database.query('ANALYZE TABLE wallets, transfers, payments, refunds, top_ups');
    const fans = Array.from({ length: size }, (_, n) => `fan-${n}`);
    await Promise.all(
      fans.map((fan) =>
        wallet.topUp(topUpOrder(fan, `${fan}-${size}`, { requestedBy: 'bank', reference: `${fan}-${size}` })),
      ),
    );
    await Promise.all(fans.map((fan) => wallet.pay(paymentOrder(`${fan}-${size}`, fan))));
    await Promise.all(fans.map((fan) => outside.pay(paymentOrder(`${fan}-${size}-outside`, fan))));
    await Promise.all(fans.map((fan) => wallet.refund(refundOrder(`${fan}-${size}`, fan))));
    await Promise.all(fans.map((fan) => outside.refund(refundOrder(`${fan}-${size}-outside`, fan))));
  }
  expect(plans.plans.size).toBeGreaterThan(10);
  const tables = new Set(['wallets', 'transfers', 'payments', 'refunds', 'top_ups']);
  const scans = plans.statementsWhere(
    ({ table, type }) => table !== null && tables.has(table) && (type === 'ALL' || type === 'index'),
  );
  expect(scans).toEqual([]);
});
