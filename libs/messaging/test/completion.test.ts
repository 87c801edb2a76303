import { systemClock } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription, transactional } from '../src/consumer/subscription.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

describe('out of order completion', () => {
  test('a slow message holds back its offset, and nothing else', async () => {
    const topic = await cluster.topic('slow-one', 1);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const processed: number[] = [];
    const runner = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          if (n === 4) await held;
          processed.push(n);
        },
      }),
    ]);
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 200);
    await eventually(() => expect(processed).toHaveLength(199));
    await eventually(async () => {
      expect((await cluster.client.committedOffsets('g', topic.name)).get(0)).toBe(4n);
    });
    expect(runner.lag).toBe(196);
    release();
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    expect(runner.lag).toBe(0);
    await runner.stop();
  });

  test('a slow partition does not hold up the others', async () => {
    const topic = await cluster.topic('slow-partition', 4);
    const processed = new Set<number>();
    let slow = -1;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const runner = runnerOn(
      cluster.another(),
      [
        subscription(topic, {
          deadLetters: true,
          process: async ({ value: { n }, partition }) => {
            if (slow === -1) slow = partition;
            if (partition === slow) await held;
            processed.add(n);
          },
        }),
      ],
      { maxInFlightPerPartition: 10 },
    );
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 400, 400);
    const ends = await cluster.client.endOffsets(topic.name);
    await eventually(() => expect(processed.size).toBe(400 - Number(ends.get(slow))));
    await sendNumbers(cluster.client, topic.name, 400, 500, 400);
    const endsNow = await cluster.client.endOffsets(topic.name);
    await eventually(() => expect(processed.size).toBe(500 - Number(endsNow.get(slow))));
    release();
    await eventually(() => expect(processed.size).toBe(500));
    await runner.stop();
  });

  test('in transactions, each partition keeps its order and batches do not overlap', async () => {
    const topic = await cluster.topic('in-order', 3);
    const seen = new Map<number, number[]>();
    const sizes: number[] = [];
    let running = 0;
    const runner = runnerOn(cluster.another(), [
      transactional(topic, {
        deadLetters: true,
        maxBatch: 50,
        unitOfWork: { run: (work) => work(undefined) },
        handle: async (messages) => {
          expect(++running).toBe(1);
          await systemClock.sleep(2);
          sizes.push(messages.length);
          for (const { partition, offset } of messages) {
            seen.set(partition, [...(seen.get(partition) ?? []), Number(offset)]);
          }
          running--;
        },
      }),
    ]);
    await sendNumbers(cluster.client, topic.name, 0, 600, 60);
    await runner.start();
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    for (const offsets of seen.values()) expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    expect(Math.max(...sizes)).toBe(50);
    await runner.stop();
  });
});

describe('duplicate', () => {
  test('a message that was sent twice arrives twice, in one batch or two: the effect has to recognise it', async () => {
    const topic = await cluster.topic('twice', 1);
    const wallet = new Set<string>();
    let deliveries = 0;
    const runner = runnerOn(cluster.another(), [
      transactional(topic, {
        deadLetters: true,
        maxBatch: 10,
        unitOfWork: { run: (work) => work(undefined) },
        handle: async (messages) => {
          for (const { eventId } of messages) {
            deliveries++;
            wallet.add(eventId);
          }
        },
      }),
    ]);
    const producer = new MessageProducer(cluster.client);
    const message = { ...numbered(topic.name, 1), headers: { 'event-id': 'one' } };
    await producer.send([message, message]);
    await producer.send([message]);
    await producer.close();
    await runner.start();
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    expect(deliveries).toBe(3);
    expect([...wallet]).toEqual(['one']);
    await runner.stop();
  });

  test('without a header, an event is known by its place', async () => {
    const topic = await cluster.topic('bare', 1);
    const ids: string[] = [];
    const runner = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: async ({ eventId, headers }) => {
          ids.push(`${eventId} ${headers.traceparent}`);
        },
      }),
    ]);
    const producer = new MessageProducer(cluster.client);
    await producer.send([{ ...numbered(topic.name, 1), headers: { traceparent: '00-1-2-01' } }]);
    await producer.close();
    await runner.start();
    await eventually(() => expect(ids).toEqual(['bare-0-0 00-1-2-01']));
    await runner.stop();
  });
});
