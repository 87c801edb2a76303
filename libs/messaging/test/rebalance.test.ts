import { systemClock } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription, transactional } from '../src/consumer/subscription.ts';
import type { Broker, PartitionOffset } from '../src/ports.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers, watchingCommits } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

describe('rebalance', () => {
  test('members join and leave while messages flow: each is processed, and no offset goes past one that is not', async () => {
    const topic = await cluster.topic('flowing', 6);
    const processed = new Set<number>();
    const places = new Set<string>();
    const passedOver: string[] = [];
    const subscribed = subscription(topic, {
      deadLetters: true,
      process: async ({ value: { n }, partition, offset }) => {
        await systemClock.sleep(n % 17);
        processed.add(n);
        places.add(`${partition}/${offset}`);
      },
    });
    let assignments = 0;
    const join = async () => {
      const watched = watchingCommits(cluster.another(), ({ partition, offset }) => {
        for (let before = 0n; before < offset; before++) {
          if (!places.has(`${partition}/${before}`)) passedOver.push(`${partition}/${before}`);
        }
      });
      const runner = runnerOn(counting(watched), [subscribed], { maxInFlightPerPartition: 50 });
      await runner.start();
      return runner;
    };
    const counting = (broker: Broker): Broker => ({
      ...broker,
      consumer: (options) => {
        const consumer = broker.consumer(options);
        const run = consumer.run.bind(consumer);
        consumer.run = (events) =>
          run({
            ...events,
            onAssigned: (partitions, epoch) => {
              assignments++;
              events.onAssigned(partitions, epoch);
            },
          });
        return consumer;
      },
    });

    const total = 4_000;
    let sent = 0;
    const sending = (async () => {
      for (; sent < total; sent += 50) {
        await sendNumbers(cluster.client, topic.name, sent, sent + 50, 97);
        await systemClock.sleep(25);
      }
    })();
    const first = await join();
    await eventually(() => expect(processed.size).toBeGreaterThan(200));
    const second = await join();
    await eventually(() => expect(assignments).toBeGreaterThanOrEqual(3));
    await eventually(() => expect(processed.size).toBeGreaterThan(sent / 2));
    await second.stop();
    const third = await join();
    await first.stop();
    await sending;

    await eventually(() => expect(processed.size).toBe(total));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    expect(assignments).toBeGreaterThanOrEqual(4);
    expect(passedOver).toEqual([]);
    await third.stop();
  });

  test('a graceful leave costs no repetition of what was finished', async () => {
    const topic = await cluster.topic('leaving', 2);
    const processed: number[] = [];
    const subscribed = subscription(topic, {
      deadLetters: true,
      process: async ({ value: { n } }) => {
        processed.push(n);
      },
    });
    const first = runnerOn(cluster.another(), [subscribed], { commitIntervalMs: 60_000 });
    await first.start();
    await sendNumbers(cluster.client, topic.name, 0, 100);
    await eventually(() => expect(processed).toHaveLength(100));
    await first.stop();
    const second = runnerOn(cluster.another(), [subscribed]);
    await second.start();
    await sendNumbers(cluster.client, topic.name, 100, 110);
    await eventually(() => expect(processed).toContain(109));
    expect(processed).toHaveLength(110);
    await second.stop();
  });

  test('a handler that outlives its assignment commits nothing for it', async () => {
    const topic = await cluster.topic('outliving', 2);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const commits: PartitionOffset[] = [];
    const watched = watchingCommits(cluster.another(), (offset) => commits.push(offset));
    const firstSaw: number[] = [];
    const first = runnerOn(watched, [
      transactional(topic, {
        deadLetters: true,
        maxBatch: 10,
        unitOfWork: { run: (work) => work(undefined) },
        handle: async (messages) => {
          firstSaw.push(...messages.map(({ value }) => value.n));
          await held;
        },
      }),
    ]);
    await first.start();
    await sendNumbers(cluster.client, topic.name, 0, 10);
    await eventually(() => expect(firstSaw.length).toBeGreaterThan(0));

    const secondSaw: number[] = [];
    const second = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value }) => {
          secondSaw.push(value.n);
        },
      }),
    ]);
    await second.start();
    await eventually(() => expect(secondSaw.length).toBeGreaterThan(0));
    const before = await cluster.client.committedOffsets('g', topic.name);
    release();
    await eventually(() => expect(new Set([...firstSaw, ...secondSaw]).size).toBe(10));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    // What the first member committed is of the partition that it kept, never of the one that it lost.
    expect(new Set(commits.map(({ partition }) => partition)).size).toBeLessThanOrEqual(1);
    expect(before.size).toBeLessThanOrEqual(2);
    await first.stop();
    await second.stop();
  });
});
