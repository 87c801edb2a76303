import { uuidv7Ids } from '@stagedoor/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireOverdue, takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import { prune } from '../../src/application/prune.ts';
import { takeRefundResults } from '../../src/application/take-refund-results.ts';
import { mysqlPruner } from '../../src/outbound/mysql/upkeep.ts';
import { anOrder, aSuccess, later } from '../builders.ts';
import { silentMetrics } from '../silent-metrics.ts';
import { resultDatabase } from './result-database.ts';

const DAY_MS = 86_400_000;
let database: Awaited<ReturnType<typeof resultDatabase>>;

beforeAll(async () => {
  database = await resultDatabase();
});
afterAll(() => database.close());

const at = (ms: number) => ({
  clock: { now: () => later(ms), sleep: async () => {} },
  ids: uuidv7Ids,
  metrics: silentMetrics,
});
const left = async (table: string): Promise<string[]> =>
  (await database.database.pool.query(`SELECT reservation_id AS id FROM ${table} ORDER BY 1`)).map(
    ({ id }: { id: string }) => id,
  );

test('what was decided, or waits for a request, is kept 40 days; what is pending or not given back stays', async () => {
  const run = database.unitOfWork.run.bind(database.unitOfWork);
  const decided = Array.from({ length: 7 }, (_, index) => `old-${index}`);
  await run((tx) =>
    takeRequests(
      [...decided, 'pending', 'expired', 'open'].map((id) => anOrder(id)),
      tx,
      at(0),
    ),
  );
  await run((tx) =>
    takeResults(
      [...decided, 'foreign'].map((id) => aSuccess(id)),
      tx,
      at(0),
    ),
  );
  await run((tx) => expireOverdue(['expired', 'open'], later(900_000), tx, at(0)));
  const report = { userId: 'fan-1', status: 'VOIDED' as const, processedAt: later(0) };
  const reports = ['expired'].map((id) => ({
    ...report,
    reservationId: id,
    chargeKey: `charge:${id}`,
    refundKey: `refund:charge:${id}`,
  }));
  await run((tx) => takeRefundResults(reports, tx, at(0)));
  await run((tx) => takeRequests([anOrder('young')], tx, at(DAY_MS)));
  await run((tx) => takeResults([aSuccess('young')], tx, at(DAY_MS)));

  const pruning = (ms: number, leads = true) => ({
    pruner: mysqlPruner(database.statements),
    leadership: { isLeader: async () => leads },
    clock: at(ms).clock,
    keepMs: 40 * DAY_MS,
    maxBatch: 3,
    maxPerRun: 100,
  });
  expect(await prune(pruning(40 * DAY_MS))).toBe(0);
  expect(await prune(pruning(40 * DAY_MS + 1, false))).toBe(0);
  expect(await prune({ ...pruning(40 * DAY_MS + 1), maxPerRun: 5 })).toBe(5);
  // Ten decisions, one result that waited, one refund.
  expect(await prune(pruning(40 * DAY_MS + 1))).toBe(6);
  expect(await left('decisions')).toEqual(['pending', 'young']);
  expect(await left('early_results')).toEqual([]);
  expect(await left('refunds')).toEqual(['open']);
});
