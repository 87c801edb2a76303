import { systemClock, TransientError } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription, transactional } from '../src/consumer/subscription.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

describe('shutdown', () => {
  test('in the middle of a batch: the batch ends, is committed, and the rest goes on elsewhere, once', async () => {
    const topic = await cluster.topic('mid-batch', 2);
    const processed: number[] = [];
    let busy = false;
    const subscribed = transactional(topic, {
      deadLetters: true,
      maxBatch: 20,
      unitOfWork: { run: (work) => work(undefined) },
      handle: async (messages) => {
        busy = true;
        await systemClock.sleep(20);
        processed.push(...messages.map(({ value }) => value.n));
        busy = false;
      },
    });
    const first = runnerOn(cluster.another(), [subscribed]);
    await first.start();
    await sendNumbers(cluster.client, topic.name, 0, 1_000);
    await eventually(() => expect(busy && processed.length > 100).toBe(true));
    await first.stop();
    expect(busy).toBe(false);
    const drained = processed.length;

    const second = runnerOn(cluster.another(), [subscribed]);
    await second.start();
    await eventually(() => expect(new Set(processed).size).toBe(1_000));
    expect(processed).toHaveLength(1_000);
    expect(drained).toBeGreaterThan(100);
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await second.stop();
  });

  test('while something is away: it does not wait for that to come back', async () => {
    const topic = await cluster.topic('away', 1);
    let attempts = 0;
    const runner = runnerOn(
      cluster.another(),
      [
        subscription(topic, {
          deadLetters: true,
          process: async () => {
            attempts++;
            throw new TransientError('away');
          },
        }),
      ],
      { retry: { firstDelayMs: 60_000, longestDelayMs: 60_000, unknownErrorAttempts: 5 }, drainTimeoutMs: 60_000 },
    );
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 5);
    await eventually(() => expect(attempts).toBe(5));
    const began = performance.now();
    await runner.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await cluster.client.committedOffsets('g', topic.name)).get(0) ?? 0n).toBe(0n);
  });

  test('a handler that does not end is left behind after the drain timeout, uncommitted', async () => {
    const topic = await cluster.topic('stuck', 1);
    let begun = 0;
    const runner = runnerOn(
      cluster.another(),
      [
        subscription(topic, {
          deadLetters: true,
          process: ({ value }) => {
            begun++;
            return value.n === 3 ? new Promise<void>(() => {}) : Promise.resolve();
          },
        }),
      ],
      { drainTimeoutMs: 300 },
    );
    await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 6);
    await eventually(() => expect(begun).toBe(6));
    await runner.stop();
    expect((await cluster.client.committedOffsets('g', topic.name)).get(0)).toBe(3n);
  });

  test('right after the start, while the group is joined: nothing stays behind as a member', async () => {
    const topic = await cluster.topic('joining', 1);
    const runner = runnerOn(cluster.another(), [subscription(topic, { deadLetters: true, process: async () => {} })]);
    await runner.start();
    await runner.stop();
    const admin = cluster.client.kafka.admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([cluster.client.groupName('g')]);
    await admin.disconnect();
    expect(groups[0]?.members).toEqual([]);
  });
});
