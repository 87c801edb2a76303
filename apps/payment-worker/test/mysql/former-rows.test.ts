import { MysqlUnitOfWork } from '@stagedoor/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PaymentDatabase, paymentDatabase } from './payment-database.ts';

let database: PaymentDatabase;
beforeAll(async () => {
  database = await paymentDatabase();
});
afterAll(() => database.close());

test('rows that a version before the column `provider` wrote tell who was asked to charge', async () => {
  const rows: [key: string, status: string | null, failReason: string | null, balance: number | null, was: string][] = [
    ['wallet-charged', 'SUCCESS', null, 0, 'wallet'],
    ['wallet-poor', 'FAILED', 'INSUFFICIENT_BALANCE', 5, 'wallet'],
    ['wallet-none', 'FAILED', 'WALLET_NOT_FOUND', null, 'wallet'],
    ['outside-charged', 'SUCCESS', null, null, 'http'],
    ['outside-declined', 'FAILED', 'DECLINED', null, 'http'],
    ['outside-in-doubt', null, null, null, 'http'],
  ];
  await new MysqlUnitOfWork(database.database, (sql) => sql).run(async (sql) => {
    for (const [key, status, failReason, balance] of rows) {
      await sql.execute(
        `INSERT INTO payments (idempotency_key, reservation_id, user_id, amount, state, status, fail_reason, balance,
                               received_at, attempted_at, settled_at)
         VALUES (?, ?, 'mina', 1, ?, ?, ?, ?, NOW(3), NOW(3), NOW(3))`,
        [key, key, status === null ? 'ATTEMPTED' : 'SETTLED', status, failReason, balance],
      );
    }
  });
  const { payments } = await database.books();
  expect(new Map(payments.map(({ idempotencyKey, provider }) => [idempotencyKey, provider]))).toEqual(
    new Map(rows.map(([key, , , , was]) => [key, was])),
  );
});
