import { ManualClock } from '@stagedoor/platform';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rankings } from '../../src/application/rankings.ts';
import { ScheduleTermsCache } from '../../src/application/schedule-terms.ts';
import { SeatMapView } from '../../src/application/seat-map-view.ts';
import { seatsIn } from '../../src/domain/seat-ranges.ts';
import { aSchedule, at } from '../builders.ts';
import { memoryBox } from './box.ts';

const MAX_AGE_MS = 100;

async function started() {
  const clock = new ManualClock(at(0));
  const box = await memoryBox({ clock });
  const { database } = box;
  let reads = { version: 0, claimed: 0, steps: 0 };
  const counted = <Args extends unknown[], T>(what: keyof typeof reads, read: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => {
      reads[what]++;
      return read(...args);
    };
  };
  const view = new SeatMapView({
    clock,
    maxAgeMs: MAX_AGE_MS,
    queries: {
      version: counted('version', (id: number) => database.version(id)),
      claimed: counted('claimed', (id: number) => database.claimed(id)),
      stepsAfter: counted('steps', (id: number, version: number, limit: number) =>
        database.stepsAfter(id, version, limit),
      ),
    },
  });
  const readsSince = () => {
    const since = reads;
    reads = { version: 0, claimed: 0, steps: 0 };
    return since;
  };
  return { ...box, clock, view, readsSince };
}

describe('the seat map', () => {
  test('is read once however many ask, then only its version is looked up, once per age', async () => {
    const { view, readsSince, clock, hold } = await started();
    await hold('a', 3);
    const maps = await Promise.all(Array.from({ length: 50 }, () => view.read(1)));
    expect(maps[0]).toEqual({ scheduleId: 1, version: 2, seatsTotal: 100, taken: [[3, 3]] });
    expect(new Set(maps).size).toBe(1);
    expect(readsSince()).toEqual({ version: 1, claimed: 1, steps: 0 });
    await view.read(1);
    expect(readsSince()).toEqual({ version: 0, claimed: 0, steps: 0 });
    await clock.advance(MAX_AGE_MS);
    expect(await view.read(1)).toBe(maps[0]);
    expect(readsSince()).toEqual({ version: 1, claimed: 0, steps: 0 });
  });

  test('goes forward by what changed, and sees a change of its own process at once', async () => {
    const { view, readsSince, hold } = await started();
    await view.read(1);
    await hold('a', 3);
    view.changed(1);
    readsSince();
    expect(await view.read(1)).toMatchObject({ version: 2, taken: [[3, 3]] });
    expect(readsSince()).toEqual({ version: 1, claimed: 0, steps: 1 });
  });

  test('a check that was under way when a change came does not hide it', async () => {
    const { view, hold } = await started();
    const early = view.read(1);
    await hold('a', 3);
    view.changed(1);
    expect(await view.read(1)).toMatchObject({ taken: [[3, 3]] });
    await early;
  });

  test('is null for a show that is not there, which is not remembered', async () => {
    const { view, readsSince } = await started();
    expect(await view.read(99)).toBeNull();
    expect(await view.readSince(99, 1)).toBeNull();
    expect(readsSince().version).toBe(2);
  });

  test('is read anew after a gap, or after the database went back', async () => {
    const { view, hold, clock, database, readsSince } = await started();
    await hold('a', 1);
    await view.read(1);
    await hold('a', 2);
    await hold('b', 3);
    database.tables.steps.set(1, database.tables.steps.get(1)?.slice(-1) ?? []);
    await clock.advance(MAX_AGE_MS);
    readsSince();
    expect(await view.read(1)).toMatchObject({ version: 4, taken: [[1, 3]] });
    expect(readsSince().claimed).toBe(1);
    expect(await view.readSince(1, 3)).toMatchObject({ taken: [[1, 3]], seatsTotal: 100 });
    const map = database.tables.seatMaps.get(1);
    if (map !== undefined) database.tables.seatMaps.set(1, { ...map, version: 2 });
    await clock.advance(MAX_AGE_MS);
    expect(await view.read(1)).toMatchObject({ version: 2 });
  });

  test('an error is told to who asked, and the next one asks again', async () => {
    const { view, database } = await started();
    const { version } = database;
    database.version = () => Promise.reject(new Error('away'));
    await expect(view.read(1)).rejects.toThrow('away');
    database.version = version;
    expect(await view.read(1)).not.toBeNull();
  });

  test('law: whoever has a version and takes what changed since has the map', async () => {
    const acts = fc.array(
      fc.record({ seat: fc.integer({ min: 1, max: 9 }), block: fc.boolean(), look: fc.boolean(), from: fc.nat(30) }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (given) => {
        const { view, block, unblock, database } = await started();
        const seen = new Map<number, Set<number>>();
        for (const { seat, block: take, look, from } of given) {
          await (take ? block(seat, seat + 1) : unblock(seat, seat + 1));
          view.changed(1);
          if (!look) continue;
          const map = await view.read(1);
          const whole = new Set(seatsIn(map?.taken ?? []));
          expect([...whole]).toEqual((await database.claimed(1))?.taken);
          seen.set(map?.version ?? 0, whole);
          const since = [...seen.keys()][from % seen.size] as number;
          const delta = await view.readSince(1, since);
          if (delta === null || !('freed' in delta)) throw new Error(`no delta since ${since}`);
          const carried = new Set(seen.get(since));
          for (const taken of seatsIn(delta.taken)) carried.add(taken);
          for (const freed of seatsIn(delta.freed)) carried.delete(freed);
          expect([...carried].toSorted((a, b) => a - b)).toEqual([...whole]);
        }
      }),
      { numRuns: 50 },
    );
  });
});

test('terms are read once per age, by one read at a time, and forgotten when told', async () => {
  const clock = new ManualClock(at(0));
  let reads = 0;
  const source = {
    async read(ids: readonly number[]) {
      reads++;
      return ids.includes(1) ? [aSchedule({ termsRevision: reads })] : [];
    },
  };
  const cache = new ScheduleTermsCache(source, clock, 1_000);
  const seen = await Promise.all([cache.get(1), cache.get(1), cache.getAll([1, 1])]);
  expect(reads).toBe(1);
  expect(seen[2].get(1)).toBe(seen[0]);
  await clock.advance(999);
  await cache.get(1);
  expect(reads).toBe(1);
  await clock.advance(1);
  await cache.get(1);
  expect(reads).toBe(2);
  cache.forget(1);
  expect((await cache.get(1))?.termsRevision).toBe(3);
  expect([await cache.get(7), await cache.get(7)]).toEqual([undefined, undefined]);
  expect(reads).toBe(5);
});

test('the ranking is read once per age', async () => {
  const clock = new ManualClock(at(0));
  let reads = 0;
  const show = {
    concertId: 1,
    title: 'A',
    venue: 'B',
    startsAt: at(1),
    opensAt: at(0),
    seatsTotal: 10,
    soldOutAt: null,
  };
  const queries = {
    selling: async () => {
      reads++;
      return [
        { ...show, scheduleId: 1, sold: 2 },
        { ...show, scheduleId: 2, sold: 5 },
      ];
    },
  };
  const rankings = new Rankings(queries, clock, 1_000);
  const [top] = await Promise.all([rankings.top(1), rankings.top(5)]);
  expect(top.map(({ scheduleId }) => scheduleId)).toEqual([2]);
  await clock.advance(1_000);
  expect(await rankings.top(5)).toHaveLength(2);
  expect(reads).toBe(2);
});
