import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { subscription } from '../src/consumer/subscription.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cluster.drop();
});

describe('idle', () => {
  test('consumers and producers with nothing to do arm no timers in a hurry', async () => {
    const topic = await cluster.topic('quiet', 2);
    const runners = [0, 1, 2].map((member) =>
      runnerOn(
        cluster.another({ maxWaitMs: 200, heartbeatIntervalMs: 1_000 }),
        [subscription(topic, { deadLetters: true, process: async () => {} })],
        { group: `g${member}` },
      ),
    );
    for (const runner of runners) await runner.start();
    await sendNumbers(cluster.client, topic.name, 0, 10);
    for (const member of [0, 1, 2]) {
      await eventually(() => expectAllCommitted(cluster.client, topic.name, `g${member}`));
    }
    const setTimeout = vi.spyOn(globalThis, 'setTimeout');
    const write = vi.spyOn(Socket.prototype, 'write');
    // Fetches without a message, 200 ms each, and heartbeats: idle for long enough.
    await eventually(() => expect(write.mock.calls.length).toBeGreaterThan(40));
    const hasty = setTimeout.mock.calls.filter(([, delay]) => (delay ?? 0) <= 10).length;
    // Unpatched, each connection's request queue arms one every millisecond: thousands.
    expect(hasty).toBeLessThan(100);
    for (const runner of runners) await runner.stop();
  });
});
