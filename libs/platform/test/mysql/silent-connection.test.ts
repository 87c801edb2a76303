import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, isTransient, openDatabase } from '../../src/index.ts';
import { breakableLink } from '../breakable-link.ts';

const SILENCE_MS = 300;
let link: Awaited<ReturnType<typeof breakableLink>>;
let database: Database;
const warnings: unknown[] = [];
const logger = { warn: (...said: unknown[]) => warnings.push(said) };

beforeEach(async () => {
  warnings.length = 0;
  link = await breakableLink(new URL(process.env.TEST_MYSQL_URL as string));
  database = openDatabase({ MYSQL_URL: link.url, MYSQL_POOL_SIZE: 2 }, logger as never, {
    silenceTimeoutMs: SILENCE_MS,
  });
});
afterEach(async () => {
  link.close();
  await database.close();
});

test('a connection that goes silent fails what waits on it as transient, and the next one works', async () => {
  await database.ping();
  link.silence();
  const error: unknown = await database.ping().catch((reason: unknown) => reason);
  expect(isTransient(error), String(error)).toBe(true);
  link.mend();
  await expect
    .poll(
      () =>
        database.ping().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
    .toBe(true);
});

test('connections that nobody uses may go that way without a query failing', async () => {
  await database.ping();
  for (let look = 0; look < 5; look++) {
    // Idle for longer than the bound: this is the one thing that only time shows.
    await delay(SILENCE_MS * 1.2);
    await database.ping();
  }
  expect(warnings).toEqual([]);
});
