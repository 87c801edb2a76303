import type { OutboundMessage } from '@stagedoor/contracts';
import { MysqlUnitOfWork, systemClock } from '@stagedoor/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MysqlOutbox } from '../src/outbox/outbox.ts';
import { MysqlOutboxStore, type OutboxStore } from '../src/outbox/outbox-store.ts';
import { MemoryOutbox } from '../src/testing/memory-outbox.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { outboxDatabase } from './outbox-database.ts';

interface Subject {
  store: OutboxStore;
  /** One transaction that adds these. */
  add(messages: OutboundMessage[], shard?: number): Promise<void>;
  drop(): Promise<void>;
}

/** What every OutboxStore must do, the table and the one in memory. */
function outboxStoreContract(name: string, open: () => Promise<Subject>): void {
  describe(`outbox store contract: ${name}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.drop());

    test('reads the oldest rows in their order, and no more of those that were removed', async () => {
      const { store } = subject;
      expect(await store.read(0, 10)).toEqual([]);
      expect(await store.atMost()).toBe(0);
      for (let n = 0; n < 5; n++) await subject.add([numbered('t', n), numbered('t', n + 0.5)]);
      const rows = await store.read(0, 3);
      expect(rows.map(({ messages }) => messages)).toEqual(
        [0, 1, 2].map((n) => [numbered('t', n), numbered('t', n + 0.5)]),
      );
      expect(rows[0]?.ageMs).toBeGreaterThanOrEqual(0);
      expect(rows[0]?.ageMs).toBeLessThan(60_000);
      expect(await store.atMost()).toBe(5);
      await store.remove([]);
      await store.remove(rows.map(({ id }) => id));
      expect((await store.read(0, 10)).map(({ messages }) => messages[0])).toEqual([
        numbered('t', 3),
        numbered('t', 4),
      ]);
      await store.remove((await store.read(0, 10)).map(({ id }) => id));
    });

    test('keeps shards apart', async () => {
      const { store } = subject;
      await subject.add([numbered('t', 1)], 0);
      await subject.add([numbered('t', 2)], 1);
      expect((await store.read(1, 10)).map(({ messages }) => messages)).toEqual([[numbered('t', 2)]]);
      for (const shard of [0, 1]) await store.remove((await store.read(shard, 10)).map(({ id }) => id));
    });

    test('gives a message back as it was, text of any kind included', async () => {
      const { store } = subject;
      const message = { topic: 't', key: '좌석 🎫', value: '{"a":"\\u0000 \' \\" \\\\ é"}', headers: { h: '\n%_?' } };
      await subject.add([message]);
      const rows = await store.read(0, 1);
      expect(rows[0]?.messages).toEqual([message]);
      await store.remove(rows.map(({ id }) => id));
    });

    test('20 transactions at once: every row is there once', async () => {
      const { store } = subject;
      await Promise.all(
        Array.from({ length: 20 }, async (_, worker) => {
          for (let n = 0; n < 10; n++) await subject.add([numbered('t', n, `w${worker}`)]);
        }),
      );
      const rows = await store.read(0, 500);
      expect(rows).toHaveLength(200);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(200);
      for (let worker = 0; worker < 20; worker++) {
        const ofWorker = rows.flatMap(({ messages }) => messages).filter(({ key }) => key === `w${worker}`);
        expect(ofWorker).toEqual(Array.from({ length: 10 }, (_, n) => numbered('t', n, `w${worker}`)));
      }
      await store.remove(rows.map(({ id }) => id));
    });
  });
}

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
