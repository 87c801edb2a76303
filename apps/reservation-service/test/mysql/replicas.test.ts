import type { ReservationOutcome } from '@stagedoor/contracts';
import { type Database, ManualClock, MysqlUnitOfWork, openDatabase, uuidv7Ids } from '@stagedoor/platform';
import { type TestDatabase, testDatabase } from '@stagedoor/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScheduleSource, Tx } from '../../src/application/ports.ts';
import { mysqlTx } from '../../src/outbound/mysql/mysql-tx.ts';
import { type Box, box, outcomeOf } from '../application/box.ts';
import { expectSound } from '../application/soundness.ts';
import { aPlan, at } from '../builders.ts';
import { loadTables } from './load-tables.ts';

let testDb: TestDatabase;
let databases: Database[];

beforeAll(async () => {
  testDb = await testDatabase('reservation-service');
  databases = [openDatabase(testDb.config), openDatabase(testDb.config)];
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await testDb.drop();
});

const SEATS = 14;
const ROUNDS = 12;
const ACTS_PER_ROUND = 40;

/** Two processes' worth of use cases, with their own connections and caches, over one database. */
function replica(database: Database, clock: ManualClock): Box {
  const unitOfWork = new MysqlUnitOfWork<Tx>(database, (sql) =>
    mysqlTx(sql, { seatMapChanged: () => {}, messagesAdded: () => {} }),
  );
  const schedules: ScheduleSource = { read: (ids) => unitOfWork.run((tx) => tx.schedules.find(ids)) };
  return box({ unitOfWork, schedules, clock, ids: uuidv7Ids, maxBatch: 20 });
}

test.each([1, 2, 3, 4])(
  'two replicas do everything at once on the same few seats, and all stays sound (run %i)',
  async (run) => {
    const clock = new ManualClock(at(run * 1e9));
    const replicas = databases.map((database) => replica(database, clock));
    const [database] = databases as [Database];
    const show = await new MysqlUnitOfWork<Tx>(database, (sql) =>
      mysqlTx(sql, { seatMapChanged: () => {}, messagesAdded: () => {} }),
    ).run((tx) => tx.schedules.insertConcert(aPlan()));
    const scheduleId = show.schedules[0]?.id ?? 0;
    // Chance, but the same chance each time: what fails here fails again.
    const [draw] = fc.sample(fc.infiniteStream(fc.nat(1_000_000)), { numRuns: 1, seed: run });
    const next = (below: number): number => ((draw?.next().value as number) ?? 0) % below;
    const reached = new Set<string>();

    for (let round = 0; round < ROUNDS; round++) {
      const known = [...(await loadTables(database)).reservations.values()].filter(
        (reservation) => reservation.scheduleId === scheduleId,
      );
      const pick = (status: string) => {
        const fitting = known.filter((reservation) => reservation.status === status);
        return fitting[next(Math.max(fitting.length, 1))];
      };
      const act = async (by: Box): Promise<unknown> => {
        const kind = next(10);
        const seat = next(SEATS) + 1;
        if (kind < 4) return by.hold(`fan-${next(4)}`, seat, next(5) === 0 ? `k${next(9)}-${run}` : null, scheduleId);
        if (kind === 4) return by.sweep();
        const reservation = pick(
          ['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'CONFIRMED', 'CANCELLED'][next(4)] as string,
        );
        if (reservation === undefined) return undefined;
        const { id, userId, chargeKey } = reservation;
        if (kind < 7) return by.pay(id, userId, `p${next(2)}`);
        if (kind === 7) {
          const outcome: Partial<ReservationOutcome> = [{}, {}, { outcome: 'PAYMENT_FAILED' as const }, { amount: 1 }][
            Number.parseInt(id.slice(-1), 16) % 4
          ] as Partial<ReservationOutcome>;
          return by.outcomes(outcomeOf(reservation, outcome), outcomeOf(reservation, outcome));
        }
        if (kind === 8) return by.cancel(id, userId);
        return by.refunds({ reservationId: id, chargeKey: chargeKey ?? 'none' });
      };
      await Promise.all(Array.from({ length: ACTS_PER_ROUND }, (_, index) => act(replicas[index % 2] as Box)));
      await clock.advance([0, 1_000, 60_000, 300_000][next(4)] as number);
      const tables = await loadTables(database);
      expectSound({ ...tables, concerts: new Map(), schedules: new Map(), audit: [] });
      for (const { status } of tables.reservations.values()) reached.add(status);
    }
    expect(reached.size).toBeGreaterThanOrEqual(5);
  },
);
