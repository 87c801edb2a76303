import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription } from '../src/consumer/subscription.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { eventually, expectAllCommitted, kcatConsume, kcatProduce, runnerOn } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

async function processed(name: string, partitions: number) {
  const topic = await cluster.topic(name, partitions);
  const seen: { n: number; key: string | null; partition: number; timestamp: Date }[] = [];
  const runner = runnerOn(cluster.another(), [
    subscription(topic, {
      deadLetters: true,
      process: async ({ value, key, partition, timestamp }) => {
        seen.push({ n: value.n, key, partition, timestamp });
      },
    }),
  ]);
  await runner.start();
  return { topic, seen, runner };
}

describe('foreign producers', () => {
  test('a bare message of kcat is processed, with or without a key', async () => {
    const { topic, seen, runner } = await processed('bare', 2);
    const name = cluster.client.topicName(topic.name);
    await kcatProduce(['-t', name, '-K', '|'], 'u1|{"key":"u1","n":1}\n');
    await kcatProduce(['-t', name], '{"key":"u2","n":2,"unknown":[true]}\n');
    await eventually(() => expect(seen.map(({ n }) => n).sort()).toEqual([1, 2]));
    expect(seen.find(({ n }) => n === 1)?.key).toBe('u1');
    expect(seen.find(({ n }) => n === 2)?.key ?? '').toBe('');
    await runner.stop();
  });

  test("a key goes to the same partition as with librdkafka's murmur2", async () => {
    const ours = await cluster.topic('ours', 10);
    const theirs = await cluster.topic('theirs', 10);
    const keys = Array.from({ length: 300 }, (_, n) => `${n % 3 === 0 ? '콘서트' : 'fan'}-${n * 7_919}`);
    const producer = new MessageProducer(cluster.client);
    await producer.send(keys.map((key, n) => numbered(ours.name, n, key)));
    await producer.close();
    await kcatProduce(
      ['-t', cluster.client.topicName(theirs.name), '-K', '|', '-X', 'topic.partitioner=murmur2_random'],
      keys.map((key) => `${key}|{}\n`).join(''),
    );
    const placed = async (topic: string) => {
      const lines = await kcatConsume(cluster.client.topicName(topic), '%k|%p\n');
      return lines.sort();
    };
    const found = await placed(ours.name);
    expect(found).toHaveLength(300);
    expect(found).toEqual(await placed(theirs.name));
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('a batch packed with %s is readable', async (codec) => {
    const { topic, seen, runner } = await processed(`packed-${codec}`, 1);
    const lines = Array.from({ length: 20 }, (_, n) => `{"key":"packed","n":${n}}\n`);
    await kcatProduce(['-t', cluster.client.topicName(topic.name), '-X', `compression.codec=${codec}`], lines.join(''));
    await eventually(() => expect(seen).toHaveLength(20));
    await runner.stop();
  });

  test('the record carries the time of the broker, whatever the producer says', async () => {
    const { topic, seen, runner } = await processed('stamped', 1);
    const foreign = cluster.client.kafka.producer();
    await foreign.connect();
    const message = { value: '{"key":"k","n":1}', timestamp: String(Date.UTC(2020, 0, 1)) };
    const before = Date.now();
    await foreign.send({ topic: cluster.client.topicName(topic.name), messages: [message] });
    await foreign.disconnect();
    await eventually(() => expect(seen).toHaveLength(1));
    expect(Math.abs((seen[0]?.timestamp.getTime() ?? 0) - before)).toBeLessThan(10_000);
    await runner.stop();
  });

  test('transaction markers, also of an aborted transaction at the end, are passed over and committed', async () => {
    const { topic, seen, runner } = await processed('transactions', 1);
    const name = cluster.client.topicName(topic.name);
    const foreign = cluster.client.kafka.producer({
      transactionalId: `${cluster.prefix}tx`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await foreign.connect();
    const committed = await foreign.transaction();
    await committed.send({ topic: name, messages: [{ value: '{"key":"k","n":1}' }] });
    await committed.commit();
    const aborted = await foreign.transaction();
    await aborted.send({ topic: name, messages: [{ value: '{"key":"k","n":2}' }] });
    await aborted.abort();
    await foreign.disconnect();
    await eventually(() => expect(seen.map(({ n }) => n)).toEqual([1]));
    // Four offsets: two messages and a marker for each. Until all are committed, the group would look behind for ever.
    // The last marker may be written after the abort was answered, so the topic's end at this moment is not yet the one meant.
    await eventually(async () => expect((await cluster.client.committedOffsets('g', topic.name)).get(0)).toBe(4n));
    expect(runner.lag).toBe(0);
    await runner.stop();
  });

  test('a topic that was deleted and made again is read from its beginning', async () => {
    const { topic, seen, runner } = await processed('made-anew', 1);
    const send = async (from: number, to: number) => {
      const producer = new MessageProducer(cluster.client);
      await producer.send(Array.from({ length: to - from }, (_, index) => numbered(topic.name, from + index)));
      await producer.close();
    };
    await send(0, 10);
    await eventually(() => expect(seen).toHaveLength(10));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    const admin = cluster.client.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [cluster.client.topicName(topic.name)] });
    await eventually(async () => expect(await admin.listTopics()).not.toContain(cluster.client.topicName(topic.name)));
    await admin.disconnect();
    await cluster.topic('made-anew', 1);
    await send(100, 103);
    await eventually(() => expect(seen.map(({ n }) => n)).toEqual(expect.arrayContaining([100, 101, 102])));
    await runner.stop();
  });
});
