import fc from 'fast-check';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, createLogger, type Database, DatabaseClock, openDatabase, systemClock } from '../../src/index.ts';
import { connectionSettings } from '../../src/mysql/connection-settings.ts';

const logger = createLogger({ name: 'test', level: 'silent', pretty: false });

/** A machine whose wall clock is off. */
const offBy = (ms: number): Clock => ({ ...systemClock, now: () => new Date(Date.now() + ms) });

describe('against a server', () => {
  const url = process.env.TEST_MYSQL_URL as string;
  let database: Database;
  beforeAll(() => {
    database = openDatabase({ MYSQL_URL: url, MYSQL_POOL_SIZE: 2 });
  });
  afterAll(() => database.close());

  test.each([-86_400_000, -90_000, 0, 150_000])(
    "a machine that is off by %i ms goes by the database's time",
    async (ms) => {
      const clock = new DatabaseClock({ pool: database.pool, logger, system: offBy(ms) });
      await clock.synchronise();
      // The server of a test runs on this machine.
      const before = Date.now();
      const read = clock.now().getTime();
      expect(read).toBeGreaterThan(before - 1_000);
      expect(read).toBeLessThan(Date.now() + 1_000);
    },
  );

  test('it is the time of the session, wherever that is', async () => {
    const connection = await createConnection({ ...connectionSettings(url), database: '' });
    await connection.query("SET time_zone = '+09:00'");
    const clock = new DatabaseClock({ pool: connection, logger, system: offBy(5_000_000) });
    await clock.synchronise();
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1_000);
    await connection.end();
  });

  test("what happens to the machine's clock later does not move it", async () => {
    let offMs = 0;
    const system: Clock = { ...systemClock, now: () => new Date(Date.now() + offMs) };
    const clock = new DatabaseClock({ pool: database.pool, logger, system });
    await clock.start();
    offMs = 90_000;
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(1_000);
    await clock.stop();
  });
});

test('a start does not wait for a connection that stands without a word', async () => {
  const slept: number[] = [];
  const system: Clock = { now: () => new Date(), sleep: async (ms) => void slept.push(ms) };
  const pool = { query: () => new Promise<never>(() => {}) };
  await new DatabaseClock({ pool, logger, system }).start();
  expect(slept).toEqual([3_000]);
});

test('while the database is away time goes on', async () => {
  let monotonic = 10;
  const pool = { query: () => Promise.reject(new Error('the database is away')) };
  const clock = new DatabaseClock({ pool, logger, system: offBy(0), monotonicMs: () => monotonic });
  const before = clock.now().getTime();
  await expect(clock.synchronise()).rejects.toThrow('away');
  monotonic += 5_000;
  expect(clock.now().getTime() - before).toBe(5_000);
});

test('an answer moves it no further than is certain, however long it was on its way', async () => {
  const delays = fc.array(fc.record({ there: fc.nat(20_000), back: fc.nat(20_000) }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -1e9, max: 1e9 }), delays, async (offMs, answers) => {
      let monotonic = 0;
      const trueMs = () => 1_800_000_000_000 + monotonic;
      const next = answers.values();
      const pool = {
        query: async () => {
          const { there, back } = next.next().value as { there: number; back: number };
          monotonic += there;
          const ms = trueMs();
          monotonic += back;
          return [{ ms }];
        },
      };
      const system: Clock = { ...systemClock, now: () => new Date(trueMs() + offMs) };
      const clock = new DatabaseClock({ pool: pool as never, logger, system, monotonicMs: () => monotonic });
      let error = Math.abs(offMs);
      for (const { there, back } of answers) {
        await clock.synchronise();
        const now = Math.abs(clock.now().getTime() - trueMs());
        expect(now).toBeLessThanOrEqual(Math.max(there, back) + 2);
        // A reading never makes it worse.
        expect(now).toBeLessThanOrEqual(error + 2);
        error = now;
      }
    }),
  );
});
