import { Redis } from 'ioredis';
import { createConnection } from 'mariadb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppName, type Stack, startStack } from '../../infra/stack/index.mjs';

const databases: Record<AppName, string> = {
  'queue-gateway': 'queue',
  'reservation-service': 'reservation',
  'payment-worker': 'payment',
  'result-worker': 'result',
};
const apps = Object.keys(databases) as AppName[];

let stack: Stack;
beforeAll(async () => {
  // The servers with their users and tables; no app and no edge is needed to try the doors.
  stack = await startStack({ only: [], edge: false, durable: false });
}, 180_000);
afterAll(() => stack.stop(), 60_000);

async function asAppUser<T>(app: AppName, sql: string): Promise<T> {
  const { hostname, port, username, password, pathname } = new URL(stack.env(app).MYSQL_URL as string);
  const connection = await createConnection({
    host: hostname,
    port: Number(port),
    user: username,
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    allowPublicKeyRetrieval: true,
  });
  try {
    return await connection.query<T>(sql);
  } finally {
    await connection.end();
  }
}

describe.each(apps)('the database user of %s', (app) => {
  test('reads its own schema', async () => {
    expect(await asAppUser(app, 'SELECT COUNT(*) AS `rows` FROM outbox')).toEqual([{ rows: 0n }]);
  });

  test.each(apps.filter((other) => other !== app))('cannot read that of %s', async (other) => {
    await expect(asAppUser(app, `SELECT * FROM ${databases[other]}.outbox`)).rejects.toThrow(/denied/i);
  });

  test('sees no other schema, and cannot make one', async () => {
    const schemas = await asAppUser<{ name: string }[]>(
      app,
      'SELECT schema_name AS name FROM information_schema.schemata',
    );
    expect(schemas.map(({ name }) => name).filter((name) => name !== 'information_schema')).toEqual([databases[app]]);
    await expect(asAppUser(app, 'CREATE DATABASE elsewhere')).rejects.toThrow(/denied/i);
  });
});

describe.each([
  ['queue-gateway', 'reservation:'],
  ['reservation-service', 'queue:'],
] as const)('the Redis user of %s', (app, foreignPrefix) => {
  test('reads and writes its own keys, and no others', async () => {
    const { REDIS_URL, REDIS_PREFIX } = stack.env(app);
    const redis = new Redis(REDIS_URL as string, { lazyConnect: true, maxRetriesPerRequest: 1 });
    redis.on('error', () => {});
    try {
      expect(await redis.set(`${REDIS_PREFIX}{test}:key`, '1')).toBe('OK');
      await expect(redis.get(`${foreignPrefix}{test}:key`)).rejects.toThrow(/NOPERM/);
      await expect(redis.set('key', '1')).rejects.toThrow(/NOPERM/);
      await expect(redis.flushall()).rejects.toThrow(/NOPERM/);
    } finally {
      redis.disconnect();
    }
  });
});
