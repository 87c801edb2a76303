import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, MysqlUnitOfWork, openDatabase } from '../../src/index.ts';
import { scratchDatabase } from './scratch-database.ts';

// As on a machine in Korea: the bare driver would write a Date nine hours ahead.
const before = process.env.TZ;
process.env.TZ = 'Asia/Seoul';

let scratch: Awaited<ReturnType<typeof scratchDatabase>>;
let database: Database;
beforeAll(async () => {
  scratch = await scratchDatabase();
  database = openDatabase({ MYSQL_URL: scratch.url, MYSQL_POOL_SIZE: 2 });
  await database.pool.query('CREATE TABLE moment (id INT PRIMARY KEY, at DATETIME(3), stamp TIMESTAMP(3) NULL)');
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
  if (before === undefined) delete process.env.TZ;
  else process.env.TZ = before;
});

test('in Seoul, a moment is written and read in UTC on every path', async () => {
  expect(new Date(0).getTimezoneOffset()).toBe(-540);
  const at = new Date('2026-11-22T23:30:00.007Z');
  const unitOfWork = new MysqlUnitOfWork(database, (sql) => sql);
  await unitOfWork.run((tx) => tx.execute('INSERT INTO moment VALUES (?, ?, ?)', [1, at, at]));

  const prisma = await database.adapter.connect();
  const argTypes = ['int', 'datetime', 'datetime'].map((scalarType) => ({ scalarType, arity: 'scalar' })) as never;
  await prisma.executeRaw({ sql: 'INSERT INTO moment VALUES (?, ?, ?)', args: [2, at.toISOString(), at], argTypes });

  const text = await database.pool.query('SELECT CAST(at AS CHAR) AS at, CAST(stamp AS CHAR) AS stamp FROM moment');
  const utc = '2026-11-22 23:30:00.007';
  expect([...text]).toEqual([
    { at: utc, stamp: utc },
    { at: utc, stamp: utc },
  ]);
  expect(await unitOfWork.run((tx) => tx.query('SELECT at, stamp FROM moment', []))).toEqual([
    { at, stamp: at },
    { at, stamp: at },
  ]);
  const read = await prisma.queryRaw({ sql: 'SELECT at FROM moment WHERE id = 1', args: [], argTypes: [] });
  expect(new Date(read.rows[0]?.[0] as string)).toEqual(at);
});
