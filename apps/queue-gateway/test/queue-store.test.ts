import { type Database, MysqlUnitOfWork, openDatabase } from '@stagedoor/platform';
import { EXPLAIN, type TestDatabase, testDatabase } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { QueueTx } from '../src/application/ports.ts';
import { PrismaClient } from '../src/generated/prisma/client.ts';
import { queueTx } from '../src/outbound/mysql/mysql-queue-tx.ts';
import { PrismaQueueReads } from '../src/outbound/mysql/prisma-queue-reads.ts';
import { MemoryQueueStore } from './doubles/memory-queue-store.ts';
import { queueStoreSuite } from './queue-store.suite.ts';

let testDb: TestDatabase;
let database: Database;
let prisma: PrismaClient;
let unitOfWork: MysqlUnitOfWork<QueueTx>;
let added = 0;

beforeAll(async () => {
  testDb = await testDatabase('queue-gateway');
  database = openDatabase(testDb.config);
  prisma = new PrismaClient({ adapter: database.adapter });
  unitOfWork = new MysqlUnitOfWork(database, (sql) => queueTx(sql, () => added++));
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.close();
  await testDb.drop();
});

queueStoreSuite('in MySQL', () => ({ unitOfWork, reads: new PrismaQueueReads(prisma) }));

queueStoreSuite('in memory', () => {
  const store = new MemoryQueueStore();
  return { unitOfWork: store, reads: store };
});

test('the relay is nudged after a commit that added to the outbox, and only then', async () => {
  await unitOfWork.run((tx) => tx.outbox.add([]));
  expect(added).toBe(0);
  const message = { topic: 'data-platform-events', key: '1', value: '{}', headers: {} };
  await expect(
    unitOfWork.run(async (tx) => {
      await tx.outbox.add([message]);
      throw new Error('no');
    }),
  ).rejects.toThrow('no');
  expect(added).toBe(0);
  await unitOfWork.run((tx) => tx.outbox.add([message]));
  expect(added).toBe(1);
});

test('what an operator did is kept', async () => {
  const entry = { id: '01900000-0000-7000-8000-000000000000', actor: 'op', action: 'waiting-room.set', subject: '7' };
  await unitOfWork.run((tx) => tx.audit.record({ ...entry, detail: { mode: 'open' }, at: new Date() }));
  expect(await prisma.auditEntry.findMany()).toMatchObject([{ ...entry, detail: '{"mode":"open"}' }]);
});

test('the statements that run often find their rows by an index', async () => {
  const explain = async (sql: string): Promise<string[]> => {
    // What a server picks among the possible ones depends on how much is in the table.
    const plan = await prisma.$queryRawUnsafe<{ possible_keys: string | null }[]>(`${EXPLAIN} ${sql}`);
    return plan.map(({ possible_keys }) => possible_keys ?? 'none');
  };
  expect(
    await explain(
      `SELECT id FROM admissions WHERE (schedule_id = 1 AND user_id IN ('a', 'b')) OR (schedule_id = 2 AND user_id IN ('c'))
       ORDER BY schedule_id, user_id, sequence FOR UPDATE`,
    ),
  ).toEqual(['admissions_schedule_id_user_id_sequence_key']);
  expect(
    await explain(`SELECT schedule_id FROM admissions WHERE ended_at IS NULL AND ends_at <= NOW() AND live_holds = 0
       ORDER BY ends_at LIMIT 5`),
  ).toEqual(['admissions_ended_at_ends_at_idx']);
});
