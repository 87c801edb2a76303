import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { systemClock } from '@stagedoor/platform';
import { expect, vi } from 'vitest';
import { ConsumerRunner, type ConsumerRunnerOptions } from '../src/consumer/consumer-runner.ts';
import type { TopicSubscription } from '../src/consumer/subscription.ts';
import type { Broker, PartitionOffset } from '../src/ports.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { testLogger, testMetrics } from '../src/testing/fixtures.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { testBrokers } from './real-cluster.ts';

/** Waits until it holds. */
export const eventually = (check: () => void | Promise<void>, timeout = 30_000) =>
  vi.waitFor(check, { timeout, interval: 20 });

/** A runner of group `g` on the real clock; the dead letters go through a producer of its own. */
export function runnerOn(
  broker: Broker,
  subscriptions: TopicSubscription[],
  options: Partial<ConsumerRunnerOptions> = {},
): ConsumerRunner {
  return new ConsumerRunner({
    broker,
    group: 'g',
    subscriptions,
    producer: new MessageProducer(broker),
    clock: systemClock,
    logger: testLogger(),
    metrics: testMetrics(),
    commitIntervalMs: 50,
    ...options,
  });
}

/** Sends messages from..to-1, each under the key of its number modulo `keys`. */
export async function sendNumbers(broker: Broker, topic: string, from: number, to: number, keys = 10): Promise<void> {
  const producer = new MessageProducer(broker);
  await producer.send(
    Array.from({ length: to - from }, (_, index) => numbered(topic, from + index, `k${(from + index) % keys}`)),
  );
  await producer.close();
}

/** Everything on the topic is committed by the group. */
export async function expectAllCommitted(broker: Broker, topic: string, group = 'g'): Promise<void> {
  const ends = await broker.endOffsets(topic);
  const committed = await broker.committedOffsets(group, topic);
  for (const [partition, end] of ends) {
    expect(committed.get(partition) ?? 0n, `partition ${partition}`).toBe(end);
  }
}

/** Runs kcat as a foreign producer: `input` holds its lines. */
export async function kcatProduce(args: string[], input: string): Promise<void> {
  const kcat = spawn('kcat', ['-b', testBrokers().join(','), '-P', ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  kcat.stderr.on('data', (data) => {
    complaint += String(data);
  });
  kcat.stdin.end(input);
  const code = await new Promise((resolve) => kcat.on('close', resolve));
  if (code !== 0) throw new Error(`kcat: ${complaint}`);
}

/** What kcat reads of a topic from its beginning to its end, in kcat's own format. */
export async function kcatConsume(topic: string, format: string): Promise<string[]> {
  const args = ['-b', testBrokers().join(','), '-C', '-t', topic, '-e', '-q', '-f', format];
  const { stdout } = await promisify(execFile)('kcat', args, { maxBuffer: 16_777_216 });
  return stdout.split('\n').filter((line) => line !== '');
}

/** The same broker, telling of each offset before it is committed. */
export function watchingCommits(broker: Broker, onCommit: (offset: PartitionOffset) => void): Broker {
  return {
    ...broker,
    consumer: (options) => {
      const consumer = broker.consumer(options);
      const commit = consumer.commit.bind(consumer);
      consumer.commit = (offsets, epoch) => {
        for (const offset of offsets) onCommit(offset);
        return commit(offsets, epoch);
      };
      return consumer;
    },
  };
}
