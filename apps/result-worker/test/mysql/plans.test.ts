import { MysqlUnitOfWork, type SqlTransaction, uuidv7Ids } from '@stagedoor/platform';
import { QueryPlans } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireOverdue, takeRequests, takeResults } from '../../src/application/decide-batch.ts';
import { takeRefundResults } from '../../src/application/take-refund-results.ts';
import { mysqlResultTx } from '../../src/outbound/mysql/result-tx.ts';
import { mysqlDueFinder, mysqlGauges, mysqlPruner } from '../../src/outbound/mysql/upkeep.ts';
import { aFailure, anOrder, aSuccess, later, NOW } from '../builders.ts';
import { silentMetrics } from '../silent-metrics.ts';
import { resultDatabase } from './result-database.ts';

let database: Awaited<ReturnType<typeof resultDatabase>>;
const plans = new QueryPlans();
const explaining = (sql: SqlTransaction) => plans.explaining(sql);

beforeAll(async () => {
  database = await resultDatabase();
});
afterAll(() => database.close());

test('every statement finds its rows by a key, on small tables too', async () => {
  const unitOfWork = new MysqlUnitOfWork(database.database, (sql) =>
    mysqlResultTx(explaining(sql), { add: async () => {} }, { keepDays: 40 }),
  );
  const statements = new MysqlUnitOfWork(database.database, explaining);
  const deps = { clock: { now: () => NOW, sleep: async () => {} }, ids: uuidv7Ids, metrics: silentMetrics };
  for (const size of [1, 2, 3, 4, 6, 10, 400]) {
    // So that the database knows how small they are, as it does after a while by itself.
    await database.database.pool.query('ANALYZE TABLE decisions, early_results, refunds, dead_letters');
    const ids = Array.from({ length: size }, (_, index) => `r-${size}-${index}`);
    const orders = ids.map((id) => anOrder(id));
    await unitOfWork.run((tx) => takeRequests(orders, tx, deps));
    await unitOfWork.run((tx) => takeRequests(orders, tx, deps));
    await unitOfWork.run((tx) =>
      takeResults(
        ids.map((id) => aFailure(id)),
        tx,
        deps,
      ),
    );
    await unitOfWork.run((tx) =>
      takeResults(
        ids.map((id) => aSuccess(id)),
        tx,
        deps,
      ),
    );
    await unitOfWork.run((tx) =>
      takeResults(
        ids.map((id) => aSuccess(id)),
        tx,
        deps,
      ),
    );
    const early = ids.map((id) => `early-${id}`);
    await unitOfWork.run((tx) =>
      takeResults(
        early.map((id) => aSuccess(id)),
        tx,
        deps,
      ),
    );
    await unitOfWork.run((tx) =>
      takeRequests(
        early.map((id) => anOrder(id)),
        tx,
        deps,
      ),
    );
    const late = ids.map((id) => `late-${id}`);
    await unitOfWork.run((tx) =>
      takeRequests(
        late.map((id) => anOrder(id)),
        tx,
        deps,
      ),
    );
    await unitOfWork.run((tx) => expireOverdue(late, later(900_000), tx, deps));
    const reports = ids.map((id) => ({
      refundKey: `refund:charge:${id}`,
      chargeKey: `charge:${id}`,
      reservationId: id,
      userId: 'fan-1',
      status: 'REFUNDED' as const,
      processedAt: NOW,
    }));
    await unitOfWork.run((tx) => takeRefundResults(reports, tx, deps));
    await mysqlDueFinder(statements).overdue(later(900_000), 400);
    await mysqlGauges(statements).read(NOW);
    await mysqlPruner(statements).pruneDecisions(later(41 * 86_400_000), Math.ceil(size / 2));
    await mysqlPruner(statements).pruneRefunds(later(41 * 86_400_000), Math.ceil(size / 2));
  }
  expect(plans.plans.size).toBeGreaterThan(15);
  const scans = plans.statementsWhere(({ table, type, Extra }) => {
    if (table === null || type === null) return false;
    // Reading an index from end to end is what counting is; a table never is read so.
    const covering = Extra?.includes('Using index') === true;
    return type === 'ALL' || (type === 'index' && !covering);
  });
  expect(scans).toEqual([]);
});
