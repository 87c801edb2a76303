import { type Database, MysqlUnitOfWork, openDatabase, systemClock, uuidv7Ids } from '@stagedoor/platform';
import { type TestDatabase, testDatabase } from '@stagedoor/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockVerdict } from '../../src/application/block-seats.ts';
import type { HoldVerdict } from '../../src/application/hold-seats.ts';
import type { ScheduleSource, Tx } from '../../src/application/ports.ts';
import { mysqlTx } from '../../src/outbound/mysql/mysql-tx.ts';
import { type Box, box } from '../application/box.ts';
import { expectSound } from '../application/soundness.ts';
import { aPlan } from '../builders.ts';
import { loadTables } from './load-tables.ts';

const SEATS = 100;
const WORKERS = 20;

let testDb: TestDatabase;
let databases: Database[];
let replicas: Box[];
let scheduleId: number;

beforeAll(async () => {
  testDb = await testDatabase('reservation-service');
  // Two processes' worth of use cases, each with connections and caches of its own.
  databases = [openDatabase(testDb.config), openDatabase(testDb.config)];
  replicas = databases.map((database) => {
    const unitOfWork = unitOfWorkOn(database);
    const schedules: ScheduleSource = { read: (ids) => unitOfWork.run((tx) => tx.schedules.find(ids)) };
    return box({ unitOfWork, schedules, clock: systemClock, ids: uuidv7Ids, maxBatch: 20 });
  });
});
afterAll(async () => {
  for (const database of databases) await database.close();
  await testDb.drop();
});

const unitOfWorkOn = (database: Database) =>
  new MysqlUnitOfWork<Tx>(database, (sql) => mysqlTx(sql, { seatMapChanged: () => {}, messagesAdded: () => {} }));

async function aShow(): Promise<void> {
  const show = await unitOfWorkOn(databases[0] as Database).run((tx) => tx.schedules.insertConcert(aPlan()));
  scheduleId = show.schedules[0]?.id ?? 0;
}

/** Who has the seats of the show: a reservation, or null for an operator. */
async function claims(): Promise<Map<number, string | null>> {
  const tables = await loadTables(databases[0] as Database);
  expectSound({ ...tables, concerts: new Map(), schedules: new Map(), audit: [] });
  const own = [...tables.claims.values()].filter((claim) => claim.scheduleId === scheduleId);
  return new Map(own.map(({ seatNumber, reservationId }) => [seatNumber, reservationId]));
}

const seatsOf = (verdict: BlockVerdict): number[] =>
  verdict.kind === 'done'
    ? verdict.seats.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index))
    : [];
const ascending = (seats: Iterable<number>): number[] => [...seats].sort((a, b) => a - b);

/** As many workers at once as the law of this repository asks for, over both replicas. */
const race = <T>(work: (by: Box, worker: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(replicas[worker % 2] as Box, worker)));

test.each([1, 2, 3, 4, 5])(
  '20 workers block overlapping ranges and hold seats in them: each seat has one owner (%i)',
  async (round) => {
    await aShow();
    const held: HoldVerdict[] = [];
    const blocked: BlockVerdict[] = [];
    await race(async (by, worker) => {
      const seat = 1 + ((worker * 13 + round * 7) % (SEATS - 12));
      if (worker % 4 < 2) blocked.push(await by.block(seat, seat + 9, scheduleId));
      else for (let n = 0; n < 4; n++) held.push(await by.hold(`fan-${worker}`, seat + n * 3, null, scheduleId));
    });
    const owners = await claims();
    const ofOperators = blocked.flatMap(seatsOf);
    // No seat was blocked twice, and what was answered is what stands there.
    expect(ascending(ofOperators)).toEqual(
      ascending([...owners].filter(([, id]) => id === null).map(([seat]) => seat)),
    );
    const ofFans = held.flatMap((verdict) => (verdict.kind === 'applied' ? [verdict.reservation] : []));
    expect(new Set(ofFans.map(({ id }) => id))).toEqual(new Set([...owners.values()].filter((id) => id !== null)));
    for (const { id, seatNumber } of ofFans) expect(owners.get(seatNumber)).toBe(id);
    expect(owners.size).toBe(ofOperators.length + ofFans.length);
  },
);

test.each([1, 2, 3])(
  '20 workers unblock overlapping ranges while fans want the seats: each is freed once (%i)',
  async (round) => {
    await aShow();
    const [here] = replicas as [Box];
    await here.block(1, SEATS, scheduleId);
    const freed: BlockVerdict[] = [];
    const held: HoldVerdict[] = [];
    await race(async (by, worker) => {
      const seat = 1 + ((worker * 11 + round * 5) % (SEATS - 12));
      if (worker % 2 === 0) freed.push(await by.unblock(seat, seat + 9, scheduleId));
      else for (let n = 0; n < 4; n++) held.push(await by.hold(`fan-${worker}-${n}`, seat + n, null, scheduleId));
    });
    const owners = await claims();
    const free = freed.flatMap(seatsOf);
    expect(new Set(free).size).toBe(free.length);
    const stillBlocked = [...owners].filter(([, id]) => id === null).map(([seat]) => seat);
    expect(ascending([...free, ...stillBlocked])).toEqual(Array.from({ length: SEATS }, (_, index) => index + 1));
    for (const verdict of held) {
      if (verdict.kind === 'applied') expect(free).toContain(verdict.reservation.seatNumber);
    }
  },
);

test('the whole house is blocked and freed in one call each', async () => {
  await aShow();
  const [here, there] = replicas as [Box, Box];
  expect(await here.block(1, SEATS, scheduleId)).toEqual({ kind: 'done', seats: [[1, SEATS]] });
  expect(await there.block(1, SEATS, scheduleId)).toEqual({ kind: 'done', seats: [] });
  expect(await there.hold('fan', 50, null, scheduleId)).toMatchObject({ kind: 'rejected', reason: 'SEAT_TAKEN' });
  expect(await there.unblock(1, SEATS, scheduleId)).toEqual({ kind: 'done', seats: [[1, SEATS]] });
  expect((await there.hold('fan', 50, null, scheduleId)).kind).toBe('applied');
  expect(await here.block(1, SEATS, scheduleId)).toEqual({ kind: 'taken', seats: [[50, 50]] });
  expect(await here.block(SEATS, SEATS + 1, scheduleId)).toEqual({ kind: 'rejected', reason: 'SEAT_NOT_FOUND' });
});
