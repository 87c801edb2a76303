import { topics } from '@stagedoor/contracts';
import { openKafka } from '@stagedoor/messaging';
import { openDatabase, openRedis } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { emptyTestDatabase, eventually, quietLogger, testKafka, testKeys, testRedis } from '../src/index.ts';

test('a test database is empty, its own, and gone after drop()', async () => {
  const [one, other] = await Promise.all([emptyTestDatabase(), emptyTestDatabase()]);
  expect(one.url).not.toBe(other.url);
  const database = openDatabase(one.config);
  expect(await database.pool.query('SHOW TABLES')).toEqual([]);
  await database.close();
  await one.drop();
  await other.drop();
  const gone = openDatabase(one.config);
  await expect(gone.ping()).rejects.toThrow();
  await gone.close();
});

test('keys of a test are found by its prefix and deleted', async () => {
  const { config, prefix, clear } = testRedis();
  const redis = openRedis(config);
  await eventually(() => redis.ping());
  await redis.mset(Object.fromEntries(Array.from({ length: 2500 }, (_, i) => [`${prefix}{a}${i}`, i])));
  await clear();
  expect(await redis.get(`${prefix}{a}7`)).toBeNull();
  redis.disconnect();
});

test('topics of a test have their prefix, and are gone after drop()', async () => {
  const kafka = testKafka();
  await kafka.createTopics([topics.paymentRequests]);
  const client = openKafka(kafka.config, quietLogger);
  expect((await client.endOffsets(topics.paymentRequests.name)).size).toBe(topics.paymentRequests.partitions);
  const admin = client.kafka.admin();
  await admin.connect();
  expect(await admin.listTopics()).toContain(`${kafka.topicPrefix}payment-requests`);
  await kafka.drop();
  await eventually(async () => !(await admin.listTopics()).some((name) => name.startsWith(kafka.topicPrefix)));
  await admin.disconnect();
  await client.close();
}, 30_000);

test('tokens are good with their own keys and no others', async () => {
  const [keys, others] = [testKeys(), testKeys()];
  const token = keys.fanToken('fan-1', ['admin']);
  expect(await keys.fanVerifier.verify(token)).toEqual({ userId: 'fan-1', roles: ['admin'] });
  await expect(others.fanVerifier.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  await expect(keys.fanVerifier.verify(keys.fanToken('fan-1', [], -60_000))).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });

  const admission = keys.admissionToken({ userId: 'fan-1', scheduleId: 7 });
  expect(await keys.admissionVerifier.verify(admission)).toMatchObject({ userId: 'fan-1', scheduleId: 7 });
  await expect(others.admissionVerifier.verify(admission)).rejects.toMatchObject({ code: 'ADMISSION_REQUIRED' });
  keys.remove();
  others.remove();
});
