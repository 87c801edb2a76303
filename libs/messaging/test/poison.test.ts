import { deadLetterTopic } from '@stagedoor/contracts';
import { PermanentError } from '@stagedoor/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rawSubscription, subscription, transactional } from '../src/consumer/subscription.ts';
import type { ProducerMessage } from '../src/ports.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { eventually, expectAllCommitted, kcatConsume, runnerOn } from './flow.ts';
import { type RealCluster, realCluster } from './real-cluster.ts';

let cluster: RealCluster;
beforeEach(() => {
  cluster = realCluster();
});
afterEach(() => cluster.drop());

const quick = { firstDelayMs: 5, longestDelayMs: 20, unknownErrorAttempts: 5 };

async function send(messages: ProducerMessage[]): Promise<void> {
  const producer = new MessageProducer(cluster.client);
  await producer.send(messages);
  await producer.close();
}

const letters = (topic: string) => kcatConsume(cluster.client.topicName(deadLetterTopic(topic)), '%k|%s|%h\n');

describe('poison', () => {
  test('five bad messages before a good one: five dead letters with their reasons, and the good one is processed', async () => {
    const topic = await cluster.topic('bad-and-good', 1);
    const binary = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    await send([
      { topic: topic.name, key: 'a', value: 'not JSON', headers: { 'event-id': 'kept' } },
      { topic: topic.name, key: 'b', value: '{"key":"b"}', headers: {} },
      { topic: topic.name, key: 'c', value: binary, headers: {} },
      { topic: topic.name, key: 'd', value: '{"key":"d","n":"five"}', headers: {} },
      { topic: topic.name, key: null, value: null, headers: {} },
      numbered(topic.name, 7, 'good'),
    ]);
    const processed: number[] = [];
    const runner = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: async ({ value }) => {
          processed.push(value.n);
        },
      }),
    ]);
    await runner.start();
    await eventually(() => expect(processed).toEqual([7]));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();

    const found: { key: string | null; value: Buffer | null; headers: Record<string, string> }[] = [];
    const reader = runnerOn(
      cluster.another(),
      [
        rawSubscription(deadLetterTopic(topic.name), {
          process: async ({ key, value, headers }) => {
            const text = Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)]));
            found.push({ key: key?.toString() ?? null, value, headers: text });
          },
        }),
      ],
      { group: 'letters' },
    );
    await reader.start();
    await eventually(() => expect(found).toHaveLength(5));
    await reader.stop();
    found.sort((a, b) => Number(a.headers['dlq-offset']) - Number(b.headers['dlq-offset']));
    expect(found.map(({ headers }) => headers['dlq-error-code'])).toEqual([
      'MALFORMED_JSON',
      'VALIDATION_FAILED',
      'NOT_UTF8',
      'VALIDATION_FAILED',
      'NO_VALUE',
    ]);
    expect(found[0]).toMatchObject({
      key: 'a',
      headers: {
        'event-id': 'kept',
        'dlq-topic': topic.name,
        'dlq-partition': '0',
        'dlq-offset': '0',
        'dlq-group': 'g',
        'dlq-attempts': '1',
        'dlq-failed-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        'dlq-error-message': expect.any(String),
      },
    });
    expect(found[0]?.value?.toString()).toBe('not JSON');
    expect(found[2]?.value).toEqual(binary);
    expect(found[4]).toMatchObject({ key: null, value: null });
  });

  test('one bad message in a transaction fails alone', async () => {
    const topic = await cluster.topic('neighbours', 2);
    await send(Array.from({ length: 60 }, (_, n) => numbered(topic.name, n, `k${n}`)));
    const committed = new Set<number>();
    const runner = runnerOn(
      cluster.another(),
      [
        transactional(topic, {
          deadLetters: true,
          maxBatch: 60,
          unitOfWork: {
            run: async (work) => {
              const staged: number[] = [];
              const result = await work(staged as never);
              for (const n of staged) committed.add(n);
              return result;
            },
          },
          handle: async (messages, tx: number[]) => {
            for (const { value } of messages) {
              if (value.n === 20) throw new PermanentError('REFUSED', 'never');
              if (value.n === 21) throw new Error('a bug');
              tx.push(value.n);
            }
          },
        }),
      ],
      { retry: quick },
    );
    await runner.start();
    await eventually(() => expect(committed.size).toBe(58));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
    const reasons = await letters(topic.name);
    expect(reasons).toHaveLength(2);
    expect(reasons.find((line) => line.startsWith('k20|'))).toContain('dlq-error-code=REFUSED');
    const bug = reasons.find((line) => line.startsWith('k21|'));
    expect(bug).toContain('dlq-error-code=PROCESSING_FAILED');
    expect(bug).toContain('dlq-error-message=a bug');
    expect(bug).toContain('dlq-attempts=5');
  });

  test('a group that does not own the topic skips what it cannot process', async () => {
    const topic = await cluster.topic('not-ours', 1);
    await send([
      { topic: topic.name, key: 'a', value: 'not JSON', headers: {} },
      numbered(topic.name, 1),
      numbered(topic.name, 2),
    ]);
    const processed: number[] = [];
    const runner = runnerOn(
      cluster.another(),
      [
        subscription(topic, {
          deadLetters: false,
          process: async ({ value }) => {
            if (value.n === 1) throw new Error('odd');
            processed.push(value.n);
          },
        }),
      ],
      { retry: quick },
    );
    await runner.start();
    await eventually(() => expect(processed).toEqual([2]));
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
    expect(await letters(topic.name)).toEqual([]);
  });

  test('a message of the largest size that a topic takes fits its dead-letter topic', async () => {
    const topic = await cluster.topic('large', 1);
    // Beyond what our own producer sends: only a foreign one gets so close to the limit.
    const foreign = cluster.client.kafka.producer();
    await foreign.connect();
    await foreign.send({
      topic: cluster.client.topicName(topic.name),
      messages: [{ key: 'l', value: Buffer.alloc(1_048_400, 'x') }],
    });
    await foreign.disconnect();
    const runner = runnerOn(cluster.another(), [subscription(topic, { deadLetters: true, process: async () => {} })]);
    await runner.start();
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
    const [letter] = await letters(topic.name);
    expect(letter?.length).toBeGreaterThan(1_048_400);
    expect(letter).toContain('dlq-error-code=MALFORMED_JSON');
  });

  test('an error message with half a character and thousands of others does not harm', async () => {
    const topic = await cluster.topic('odd-text', 1);
    await send([numbered(topic.name, 1)]);
    const runner = runnerOn(cluster.another(), [
      subscription(topic, {
        deadLetters: true,
        process: () => Promise.reject(new PermanentError('ODD', `\ud83d ${'€'.repeat(50_000)}`)),
      }),
    ]);
    await runner.start();
    await eventually(() => expectAllCommitted(cluster.client, topic.name));
    await runner.stop();
    expect(await letters(topic.name)).toHaveLength(1);
  });
});
