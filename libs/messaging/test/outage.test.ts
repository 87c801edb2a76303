import { systemClock, TransientError } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription, transactional } from '../src/consumer/subscription.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { numbered, numberedTopic } from '../src/testing/numbered-topic.ts';
import { eventually, expectAllCommitted, kcatConsume, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster, testBrokers } from './real-cluster.ts';
import { TcpProxy } from './tcp-proxy.ts';

let cluster: RealCluster;
let proxy: TcpProxy;
beforeEach(async () => {
  cluster = realCluster();
  proxy = await TcpProxy.to(testBrokers()[0] as string);
});
afterEach(async () => {
  await proxy.close();
  await cluster.drop();
});

const quick = { firstDelayMs: 10, longestDelayMs: 100, unknownErrorAttempts: 5 };

describe('outage', () => {
  test('what messages need is away: partitions fill up and pause, nothing is given up, all is processed after', async () => {
    const topic = await cluster.topic('database-away', 2);
    let away = true;
    let attempts = 0;
    const inHand = new Set<number>();
    const processed = new Set<number>();
    const runner = runnerOn(
      cluster.another({ maxBytesPerPartition: 2_000 }),
      [
        subscription(topic, {
          deadLetters: true,
          process: async ({ value: { n } }) => {
            attempts++;
            inHand.add(n);
            if (away) throw new TransientError('away');
            processed.add(n);
          },
        }),
      ],
      { retry: quick, maxInFlightPerPartition: 40 },
    );
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 2_000);
    await eventually(() => expect(attempts).toBeGreaterThan(1_500));
    // 40 of each of two partitions, and beyond that what a fetch cannot divide: a record batch of some 250 messages.
    expect(inHand.size).toBeLessThan(600);
    expect(processed.size).toBe(0);
    expect((await cluster.client.committedOffsets('g', topic.name)).get(0) ?? 0n).toBe(0n);
    expect(runner.lag).toBeGreaterThan(0);
    away = false;
    await eventually(() => expect(processed.size).toBe(2_000));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
  });

  test('a batch is tried again as a whole, and in order', async () => {
    const topic = await cluster.topic('batch-away', 1);
    let away = true;
    let attempts = 0;
    const processed: number[] = [];
    const runner = runnerOn(
      cluster.another(),
      [
        transactional(topic, {
          deadLetters: true,
          maxBatch: 1_000,
          unitOfWork: { run: (work) => work(undefined) },
          handle: async (messages) => {
            attempts++;
            if (away) throw new TransientError('away');
            processed.push(...messages.map(({ value }) => value.n));
          },
        }),
      ],
      { retry: quick },
    );
    await sendNumbers(cluster.client, topic.name, 0, 500);
    await runner.start();
    await eventually(() => expect(attempts).toBeGreaterThan(5));
    const meanwhile = attempts;
    away = false;
    await eventually(() => expect(processed).toEqual(Array.from({ length: 500 }, (_, n) => n)));
    expect(attempts - meanwhile).toBeLessThan(20);
    await runner.stop();
  });

  test('the broker is cut off in the middle: consumer and producer come back by themselves, nothing is missing', async () => {
    const topic = await cluster.topic('cut', 3);
    const client = cluster.another({ socketFactory: proxy.socketFactory });
    const processed = new Set<number>();
    const runner = runnerOn(client, [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          processed.add(n);
        },
      }),
    ]);
    await runner.start();
    const producer = new MessageProducer(client);
    let sent = 0;
    const sendOn = async (to: number): Promise<void> => {
      while (sent < to) {
        try {
          await producer.send([numbered(topic.name, sent, `k${sent % 5}`)]);
          sent++;
        } catch {
          await systemClock.sleep(50);
        }
      }
    };
    await sendOn(100);
    await eventually(() => expect(processed.size).toBe(100));

    // Messages that are on the broker but not processed when it goes, and sends that go on while it is away.
    await sendNumbers(cluster.client, topic.name, 1_000, 1_100);
    await proxy.cut();
    const sending = sendOn(300);
    await systemClock.sleep(3_000);
    expect(sent).toBe(100);
    await proxy.restore();
    await sending;
    await eventually(() => expect(processed.size).toBe(400));
    await eventually(() => expectAllCommitted(client, topic.name));
    await runner.stop();
    await producer.close();
  });

  test('a short cut does not cost the membership: the group need not wait for a session to end', async () => {
    const topic = await cluster.topic('short-cut', 1);
    // Longer than the test may take.
    const client = cluster.another({ socketFactory: proxy.socketFactory, sessionTimeoutMs: 120_000 });
    const processed = new Set<number>();
    const runner = runnerOn(client, [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          processed.add(n);
        },
      }),
    ]);
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 10);
    await eventually(() => expect(processed.size).toBe(10));
    await proxy.cut();
    await systemClock.sleep(3_000);
    await proxy.restore();
    await sendNumbers(cluster.client, topic.name, 10, 20);
    await eventually(() => expect(processed.size).toBe(20));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
  });

  test('answers are lost, requests are not: what is sent again comes twice at worst, and never out of order', async () => {
    const topic = await cluster.topic('unanswered', 1);
    const client = cluster.another({ socketFactory: proxy.socketFactory });
    const producer = new MessageProducer(client);
    let n = 0;
    const disturb = (async () => {
      for (let round = 0; round < 6; round++) {
        await systemClock.sleep(150);
        await proxy.dropAnswers();
      }
    })();
    while (n < 600) {
      try {
        await producer.send(Array.from({ length: 3 }, (_, index) => numbered(topic.name, n + index, 'same')));
        n += 3;
      } catch {
        await systemClock.sleep(20);
      }
    }
    await disturb;
    await producer.close();
    const lines = await kcatConsume(cluster.client.topicName(topic.name), '%s\n');
    const found = lines.map((line) => JSON.parse(line).n as number);
    const first = [...new Set(found)];
    expect(first).toEqual(Array.from({ length: 600 }, (_, index) => index));
  });

  test('no broker at the start: the consumer waits for it, and the producer says so', async () => {
    const topic = await cluster.topic('late-broker', 1);
    await sendNumbers(cluster.client, topic.name, 0, 10);
    await proxy.cut();
    const client = cluster.another({ socketFactory: proxy.socketFactory });
    const producer = new MessageProducer(client);
    await producer.connect();
    await expect(producer.send([numbered(topic.name, 10)])).rejects.toThrow(TransientError);
    const processed = new Set<number>();
    const runner = runnerOn(client, [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          processed.add(n);
        },
      }),
    ]);
    await runner.start();
    await proxy.restore();
    await producer.send([numbered(topic.name, 10)]);
    await eventually(() => expect(processed.size).toBe(11));
    await runner.stop();
    await producer.close();
  });

  test('the topic is not there yet: the consumer waits for it', async () => {
    const processed = new Set<number>();
    const client = cluster.another();
    const runner = runnerOn(client, [
      subscription(numberedTopic('made-later', 1), {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          processed.add(n);
        },
      }),
    ]);
    await runner.start();
    await systemClock.sleep(500);
    await cluster.topic('made-later', 1);
    await sendNumbers(cluster.client, 'made-later', 0, 3);
    await eventually(() => expect(processed.size).toBe(3));
    await runner.stop();
  });
});
