import { MysqlUnitOfWork, systemClock } from '@stagedoor/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MysqlOutbox } from '../src/outbox/outbox.ts';
import { MysqlOutboxStore } from '../src/outbox/outbox-store.ts';
import { MemoryOutbox } from '../src/testing/memory-outbox.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { outboxDatabase } from './outbox-database.ts';
import { outboxStoreContract } from './outbox-store-contract.ts';

outboxStoreContract('memory', async () => {
  const store = new MemoryOutbox(systemClock);
  return { store, add: async (messages, shard) => store.add(messages, shard), drop: async () => {} };
});

outboxStoreContract('MySQL', async () => {
  const { database, drop } = await outboxDatabase();
  return {
    store: new MysqlOutboxStore(database.pool),
    add: async (messages, shard = 0) => {
      const unit = new MysqlUnitOfWork(database, (sql) => sql);
      await unit.run(async (sql) => {
        await new MysqlOutbox(sql, () => {}).add(messages);
        if (shard !== 0) await sql.execute('UPDATE outbox SET shard = ? WHERE id = LAST_INSERT_ID()', [shard]);
      });
    },
    drop,
  };
});

describe('MysqlOutbox', () => {
  let subject: Awaited<ReturnType<typeof outboxDatabase>>;
  let added = 0;
  const unit = (shards: number) =>
    new MysqlUnitOfWork(subject.database, (sql) => ({ outbox: new MysqlOutbox(sql, () => added++, { shards }) }));
  beforeAll(async () => {
    subject = await outboxDatabase();
  });
  afterAll(() => subject.drop());

  test('what is rolled back never was there, and nobody is told of it', async () => {
    const { database } = subject;
    const failing = unit(1).run(async (tx) => {
      await tx.outbox.add([numbered('t', 1)]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await new MysqlOutboxStore(database.pool).read(0, 10)).toEqual([]);
    expect(added).toBe(0);
    await unit(1).run((tx) => tx.outbox.add([numbered('t', 1)]));
    expect(added).toBe(1);
  });

  test('writes one row per transaction and shard, and keeps a key in its shard', async () => {
    const store = new MysqlOutboxStore(subject.database.pool);
    await store.remove((await store.read(0, 10)).map(({ id }) => id));
    const messages = Array.from({ length: 40 }, (_, n) => numbered('t', n, `k${n % 8}`));
    await unit(3).run((tx) => tx.outbox.add(messages));
    const keys = new Map<string, number>();
    let found = 0;
    for (const shard of [0, 1, 2]) {
      const rows = await store.read(shard, 10);
      expect(rows.length).toBeLessThanOrEqual(1);
      for (const { key } of rows.flatMap((row) => row.messages)) {
        expect(keys.get(key) ?? shard).toBe(shard);
        keys.set(key, shard);
        found++;
      }
      await store.remove(rows.map(({ id }) => id));
    }
    expect(found).toBe(40);
    expect(new Set(keys.values()).size).toBeGreaterThan(1);
  });

  test('splits what is too much for one row, in order', async () => {
    const store = new MysqlOutboxStore(subject.database.pool);
    const messages = Array.from({ length: 30 }, (_, n) => ({
      ...numbered('t', n),
      value: `"${'x'.repeat(50_000)}${n}"`,
    }));
    await unit(1).run((tx) => tx.outbox.add(messages));
    const rows = await store.read(0, 100);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.flatMap((row) => row.messages)).toEqual(messages);
    await store.remove(rows.map(({ id }) => id));
  });

  test('refuses a message that could never be sent, while its transaction can still fail', async () => {
    const huge = { ...numbered('t', 1), value: 'x'.repeat(1_000_001) };
    await expect(unit(1).run((tx) => tx.outbox.add([huge]))).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
  });
});
