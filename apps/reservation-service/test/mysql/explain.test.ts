import { type Database, MysqlUnitOfWork, openDatabase, systemClock, uuidv7Ids } from '@stagedoor/platform';
import { EXPLAIN, type PlanStep, type TestDatabase, testDatabase } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../../src/application/ports.ts';
import { numberSeats } from '../../src/domain/schedule.ts';
import { mysqlTx } from '../../src/outbound/mysql/mysql-tx.ts';
import { box, outcomeOf } from '../application/box.ts';
import { aHold } from '../builders.ts';

const SEATS = 5_000;
const HOUR_MS = 3_600_000;
// Small ones may be read as a whole: whoever sells has few shows.
const LARGE = ['reservations', 'seat_claims', 'seat_changes'];

interface Statement {
  sql: string;
  params: unknown[];
}

let testDb: TestDatabase;
let database: Database;
const recorded = new Map<string, Statement>();

beforeAll(async () => {
  testDb = await testDatabase('reservation-service');
  database = openDatabase(testDb.config);
});
afterAll(async () => {
  await database.close();
  await testDb.drop();
});

/** One entry per form of a statement, however many rows it had; the one with most parameters. */
function record(sql: string, params: unknown[]): void {
  const form = sql.replace(/\((\?,?)+\)|UNION ALL SELECT (\?,?)+|\?(,\?)+/g, '?').replace(/[?,\s]+/g, ' ');
  if ((recorded.get(form)?.params.length ?? -1) < params.length) recorded.set(form, { sql, params });
}

const unitOfWork = () =>
  new MysqlUnitOfWork<Tx>(database, (sql) =>
    mysqlTx(
      {
        query(text, params) {
          record(text, params);
          return sql.query(text, params);
        },
        execute(text, params) {
          record(text, params);
          return sql.execute(text, params);
        },
        afterCommit: (callback) => sql.afterCommit(callback),
      },
      { seatMapChanged: () => {}, messagesAdded: () => {} },
    ),
  );

test('no statement of a transaction reads a large table other than by its keys', async () => {
  const store = unitOfWork();
  const now = Date.now();
  const plan = numberSeats([{ name: 'Floor', grade: 'R', price: 1_000, rows: 2 * SEATS, rowLength: 1 }]);
  const { schedules } = await store.run((tx) =>
    tx.schedules.insertConcert({
      title: 'A',
      venue: 'B',
      sample: null,
      createdAt: new Date(now),
      schedules: [{ startsAt: new Date(now + HOUR_MS), opensAt: new Date(now - HOUR_MS), ...plan }],
    }),
  );
  const scheduleId = schedules[0]?.id ?? 0;
  for (let first = 1; first <= SEATS; first += 250) {
    const old = Array.from({ length: 250 }, (_, index) =>
      aHold({
        scheduleId,
        seatNumber: first + index,
        userId: `old-${first + index}`,
        status: 'CONFIRMED',
        dueAt: null,
      }),
    );
    await store.run(async (tx) => {
      await tx.claims.take(old.map(({ id, seatNumber }) => ({ scheduleId, seatNumber, reservationId: id })));
      await tx.reservations.insert(old);
    });
  }
  await database.pool.query(`ANALYZE TABLE ${LARGE.join(', ')}`);
  recorded.clear();

  const by = box({
    unitOfWork: store,
    schedules: { read: (ids) => store.run((tx) => tx.schedules.find(ids)) },
    clock: systemClock,
    ids: uuidv7Ids,
    maxBatch: 300,
  });
  const verdicts = await Promise.all(
    Array.from({ length: 120 }, (_, index) => by.hold(`fan-${index}`, SEATS + 1 + index, `key-${index}`, scheduleId)),
  );
  const held = verdicts.flatMap((verdict) => (verdict.kind === 'applied' ? [verdict.reservation] : []));
  expect(held).toHaveLength(120);
  await Promise.all(held.slice(0, 90).map(({ id, userId }) => by.pay(id, userId, 'k')));
  await by.outcomes(
    ...held.slice(0, 60).map((reservation) => outcomeOf(reservation)),
    ...held
      .slice(60, 80)
      .map((reservation) => outcomeOf(reservation, { outcome: 'PAYMENT_FAILED', reason: 'DECLINED' })),
  );
  await Promise.all(held.slice(0, 30).map(({ id, userId }) => by.cancel(id, userId)));
  await by.refunds(...held.slice(0, 30).map(({ id }) => ({ reservationId: id, chargeKey: `charge:${id}` })));
  await by.sweep();
  await by.cancelShow(scheduleId);
  await store.run((tx) => tx.claims.findFrom(scheduleId, 1, 300));

  const explained = [...recorded.values()].filter(({ sql }) => /^(SELECT|UPDATE|DELETE)/.test(sql));
  expect(explained.length).toBeGreaterThan(12);
  const scans: string[] = [];
  for (const { sql, params } of explained) {
    const plain = params.map((value) =>
      value instanceof Date ? value.toISOString().slice(0, 23).replace('T', ' ') : value,
    );
    const aliases = Array.from(sql.matchAll(/(?:FROM|JOIN|UPDATE) (\w+) (\w)\b/g), ([, table, alias]) => [
      alias,
      table,
    ]);
    const tableOf = new Map(aliases as [string, string][]);
    for (const step of await database.pool.query<PlanStep[]>(`${EXPLAIN} ${sql}`, plain)) {
      const table = tableOf.get(step.table ?? '') ?? step.table ?? '';
      if (LARGE.includes(table) && (step.key === null || step.type === 'ALL' || step.type === 'index')) {
        scans.push(`${table} (${step.type}): ${sql.slice(0, 120)}`);
      }
    }
  }
  expect(scans).toEqual([]);
});
