import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { subscription } from '../src/consumer/subscription.ts';
import { eventually, expectAllCommitted, runnerOn, sendNumbers } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
let journal: string;
beforeEach(() => {
  cluster = realCluster();
  journal = join(tmpdir(), `crash-${cluster.prefix}journal`);
});
afterEach(async () => {
  await rm(journal, { force: true });
  await cluster.drop();
});

/** Numbers whose effect took place in the process that is gone. */
const effects = async (): Promise<number[]> => {
  const text = await readFile(journal, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
};

describe('crash', () => {
  test('kill -9 between effect and commit: what was not committed comes again, nothing is missing', async () => {
    const topic = await cluster.topic('killed', 2);
    await sendNumbers(cluster.client, topic.name, 0, 300);
    // Its effects are lines of a file; after 100 of them it kills itself, before it commits anything.
    const crashing = spawn(process.execPath, [join(import.meta.dirname, 'crashing-consumer.ts')], {
      env: { ...process.env, PREFIX: cluster.prefix, TOPIC: topic.name, JOURNAL: journal, CRASH_AFTER: '100' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const signal = await new Promise((resolve) => crashing.on('exit', (_, by) => resolve(by)));
    expect(signal).toBe('SIGKILL');
    const before = await effects();
    expect(before.length).toBeGreaterThanOrEqual(100);
    expect(await cluster.client.committedOffsets('g', topic.name)).toEqual(new Map());

    const again: number[] = [];
    const runner = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value: { n } }) => {
          again.push(n);
        },
      }),
    ]);
    await runner.start();
    await eventually(() => expect(new Set([...before, ...again]).size).toBe(300));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    expect(again).toHaveLength(300);
    await runner.stop();
  });
});
