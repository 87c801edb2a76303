import type { OutboundMessage } from '@stagedoor/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutboxStore } from '../src/outbox/outbox-store.ts';
import { numbered } from '../src/testing/numbered-topic.ts';

/** An outbox under test. */
export interface OutboxSubject {
  store: OutboxStore;
  /** One transaction that adds these. */
  add(messages: OutboundMessage[], shard?: number): Promise<void>;
  drop(): Promise<void>;
}

/** What every OutboxStore must do, the table and the ones in memory. */
export function outboxStoreContract(name: string, open: () => Promise<OutboxSubject>): void {
  describe(`outbox store contract: ${name}`, () => {
    let subject: OutboxSubject;
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
