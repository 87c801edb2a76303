import { openDatabase } from '@stagedoor/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../src/index.ts';
import { loadDatabases } from '../src/invariants/load-databases.ts';

// As on a machine in Korea: the driver by itself would read every moment nine hours too early.
const before = process.env.TZ;
process.env.TZ = 'Asia/Seoul';

let databases: TestDatabase[];
beforeAll(async () => {
  databases = await Promise.all([
    testDatabase('queue-gateway'),
    testDatabase('reservation-service'),
    testDatabase('payment-worker'),
    testDatabase('result-worker'),
  ]);
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test('in Seoul, moments are read as they were written', async () => {
  const [queue = '', reservation = '', payment = '', result = ''] = databases.map(({ url }) => url);
  const { pool, close } = openDatabase({ MYSQL_URL: reservation, MYSQL_POOL_SIZE: 1 });
  await pool.query('SET FOREIGN_KEY_CHECKS = 0');
  await pool.query(
    `INSERT INTO reservations (id, user_id, schedule_id, seat_number, amount, status, version, held_at, hold_expires_at, refund)
     VALUES ('r', 'mina', 1, 1, 100, 'TEMPORARY_ASSIGNED', 1, '2026-11-22 23:25:00', '2026-11-22 23:30:00.007', 'NONE')`,
  );
  await close();
  const [read] = (await loadDatabases({ queue, reservation, payment, result })).reservations;
  expect(read).toMatchObject({ holdExpiresAt: new Date('2026-11-22T23:30:00.007Z'), paymentDeadline: null });
});
