import { Leadership, Leases, MysqlUnitOfWork, systemClock } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MysqlOutbox } from '../src/outbox/outbox.ts';
import { OutboxRelay } from '../src/outbox/outbox-relay.ts';
import { MysqlOutboxStore, type OutboxStore } from '../src/outbox/outbox-store.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { testLogger, testMetrics } from '../src/testing/fixtures.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { eventually, kcatConsume } from './flow.ts';
import { outboxDatabase } from './outbox-database.ts';
import { type RealCluster, realCluster, testBrokers } from './real-cluster.ts';
import { TcpProxy } from './tcp-proxy.ts';

let cluster: RealCluster;
let outbox: Awaited<ReturnType<typeof outboxDatabase>>;
let store: MysqlOutboxStore;
let proxy: TcpProxy;
const stops: (() => Promise<void>)[] = [];

beforeEach(async () => {
  cluster = realCluster();
  await cluster.topic('out', 3);
  outbox = await outboxDatabase();
  store = new MysqlOutboxStore(outbox.database.pool);
  proxy = await TcpProxy.to(testBrokers()[0] as string);
});
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await proxy.close();
  await outbox.drop();
  await cluster.drop();
});

/** A replica's relay. */
function relayOf(
  holder: string,
  options: { store?: OutboxStore; ttlMs?: number; proxied?: boolean } = {},
): OutboxRelay {
  const client = options.proxied ? cluster.another({ socketFactory: proxy.socketFactory }) : cluster.client;
  const producer = new MessageProducer(client);
  const relay = new OutboxRelay({
    store: options.store ?? store,
    producer,
    leadership: new Leadership(new Leases(outbox.database), 'relay-0', holder, options.ttlMs ?? 3_000, systemClock),
    clock: systemClock,
    logger: testLogger(),
    metrics: testMetrics(),
  });
  stops.push(async () => {
    await relay.stop();
    await producer.close();
  });
  return relay;
}

/** One transaction with messages from..to-1. */
async function commit(from: number, to: number, nudge: () => void = () => {}): Promise<void> {
  const unit = new MysqlUnitOfWork(outbox.database, (sql) => ({ outbox: new MysqlOutbox(sql, nudge) }));
  const messages = Array.from({ length: to - from }, (_, index) =>
    numbered('out', from + index, `k${(from + index) % 6}`),
  );
  await unit.run((tx) => tx.outbox.add(messages));
}

const sent = async () => {
  const lines = await kcatConsume(cluster.client.topicName('out'), '%k|%s\n');
  return lines.map((line) => {
    const [key = '', value = ''] = line.split('|');
    return { key, n: JSON.parse(value).n as number };
  });
};

function expectFirstsInOrder(found: { key: string; n: number }[]): void {
  for (const [, ofKey] of Map.groupBy(found, ({ key }) => key)) {
    const firsts = [...new Set(ofKey.map(({ n }) => n))];
    expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
  }
}

const total = async () =>
  [...(await cluster.client.endOffsets('out')).values()].reduce((sum, end) => sum + Number(end), 0);

describe('relay', () => {
  test('what is committed leaves, in order, and the outbox is empty after', async () => {
    const relay = relayOf('a');
    relay.start();
    for (let n = 0; n < 300; n += 3) await commit(n, n + 3, () => relay.nudge());
    await relay.drain();
    const found = await sent();
    expect(found).toHaveLength(300);
    expectFirstsInOrder(found);
    expect(await store.read(0, 10)).toEqual([]);
  });

  test('killed between send and delete: sent again, and the first occurrences stay in order', async () => {
    const { promise: dead, resolve: buried } = Promise.withResolvers<void>();
    const relay = relayOf('a', {
      store: {
        read: (shard, limit) => store.read(shard, limit),
        atMost: () => store.atMost(),
        // As if the process ended here: the messages are out, the rows are not gone.
        remove: () => dead,
      },
      ttlMs: 1_000,
    });
    for (let n = 0; n < 30; n += 3) await commit(n, n + 3);
    relay.start();
    await eventually(async () => expect(await total()).toBe(30));
    for (let n = 30; n < 60; n += 3) await commit(n, n + 3);
    const successor = relayOf('b', { ttlMs: 1_000 });
    successor.start();
    await eventually(async () => expect(await store.read(0, 10)).toEqual([]));
    const found = await sent();
    expect(new Set(found.map(({ n }) => n)).size).toBe(60);
    expect(found).toHaveLength(90);
    expectFirstsInOrder(found);
    buried();
  });

  test('two replicas, one lease: one sends, the other takes over when it is gone', async () => {
    const one = relayOf('a', { ttlMs: 1_000 });
    const two = relayOf('b', { ttlMs: 1_000 });
    one.start();
    two.start();
    for (let n = 0; n < 90; n += 3) {
      await commit(n, n + 3, () => {
        one.nudge();
        two.nudge();
      });
    }
    await eventually(async () => expect(await total()).toBe(90));
    await one.stop();
    await commit(90, 93);
    await eventually(async () => expect(await total()).toBe(93));
    await two.stop();
    const found = await sent();
    expect(found).toHaveLength(93);
    expectFirstsInOrder(found);
  });

  test('the broker is away for a while: rows wait, and leave when it is back', async () => {
    const relay = relayOf('a', { proxied: true });
    relay.start();
    await commit(0, 3, () => relay.nudge());
    await eventually(async () => expect(await total()).toBe(3));
    await proxy.cut();
    for (let n = 3; n < 60; n += 3) await commit(n, n + 3, () => relay.nudge());
    await systemClock.sleep(2_000);
    expect((await store.read(0, 100)).length).toBe(19);
    await proxy.restore();
    await eventually(async () => expect(await store.read(0, 10)).toEqual([]));
    const found = await sent();
    expect(new Set(found.map(({ n }) => n)).size).toBe(60);
    expectFirstsInOrder(found);
  });

  test('a nudge is followed at once; without one, the poll finds what another replica wrote', async () => {
    const relay = relayOf('a');
    relay.start();
    await commit(0, 1, () => relay.nudge());
    await eventually(async () => expect(await total()).toBe(1));
    const delays: number[] = [];
    for (let n = 1; n < 20; n++) {
      const began = performance.now();
      await commit(n, n + 1, () => relay.nudge());
      await relay.drain();
      delays.push(performance.now() - began);
    }
    delays.sort((a, b) => a - b);
    expect(delays[9]).toBeLessThan(100);
    await commit(20, 21);
    await eventually(async () => expect(await total()).toBe(21));
  });

  test('deletes do not get into the way of inserts', async () => {
    const relay = relayOf('a');
    relay.start();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let n = 0; n < 40; n++) await commit(writer * 100 + n, writer * 100 + n + 1, () => relay.nudge());
      }),
    );
    await relay.drain(20_000);
    expect(await total()).toBe(320);
    expect(await store.read(0, 10)).toEqual([]);
  });
});
