import { allTopics, deadLetterTopic, type RawMessage, topics } from '@stagedoor/contracts';
import {
  ConsumerRunner,
  committedOffsets,
  MessageProducer,
  openKafka,
  type ProducerMessage,
  rawSubscription,
} from '@stagedoor/messaging';
import { createMetrics, parseConfig, systemClock } from '@stagedoor/platform';
import { quietLogger, testDatabase, testKafka, testKeys } from '@stagedoor/testkit';
import { type AppOverrides, buildApp } from '../../src/app.ts';
import { configSchema } from '../../src/config.ts';
import { CONSUMER_GROUP } from '../../src/inbound/kafka/subscriptions.ts';

const own = [topics.paymentRequests, topics.refundRequests, topics.paymentResults, topics.refundResults].map(
  ({ name }) => name,
);
const names = [...own, deadLetterTopic(topics.paymentRequests.name), deadLetterTopic(topics.refundRequests.name)];

/**
 * The whole app on topics and a database of the test's own, and someone outside who writes and reads the topics.
 * @param changes to its environment
 * @param through what its database URL becomes, e.g. one that leads through a proxy
 */
export async function startedWorker(
  changes: Record<string, string> = {},
  overrides: AppOverrides = {},
  through = (url: string) => url,
) {
  const kafka = testKafka();
  const keys = testKeys();
  const database = await testDatabase('payment-worker');
  await kafka.createTopics(allTopics.filter(({ name }) => names.includes(name)));
  const env = {
    ...keys.env,
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    PORT: '0',
    MYSQL_URL: through(database.url),
    KAFKA_BROKERS: kafka.brokers,
    KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
    KAFKA_GROUP_PREFIX: kafka.groupPrefix,
    ...changes,
  };
  const config = parseConfig(configSchema, env, { app: 'payment-worker' });
  const running = new Set<ReturnType<typeof buildApp>>();
  const start = async () => {
    const app = buildApp(config, overrides);
    running.add(app);
    await app.start();
    return app;
  };

  const client = openKafka(kafka.config, quietLogger, { clientId: 'outside' });
  const producer = new MessageProducer(client);
  await producer.connect();
  const seen: RawMessage[] = [];
  const reader = new ConsumerRunner({
    broker: client,
    group: 'outside',
    subscriptions: names.map((name) => rawSubscription(name, { process: async (raw) => void seen.push(raw) })),
    producer,
    clock: systemClock,
    logger: quietLogger,
    metrics: createMetrics('outside'),
  });
  await reader.start();

  return {
    app: await start(),
    /** Starts one more replica. */
    start,
    async stop(app: ReturnType<typeof buildApp>): Promise<void> {
      running.delete(app);
      await app.close();
    },
    env,
    keys,
    database,
    send: (messages: ProducerMessage[]) => producer.send(messages),
    /** The bare record that a program writes which knows nothing but it. */
    bare: (topic: { name: string }, key: string, value: unknown): ProducerMessage => ({
      topic: topic.name,
      key,
      value: typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
      headers: {},
    }),
    /** What stands on a topic so far. */
    on: (topic: string): RawMessage[] => seen.filter((raw) => raw.topic === topic),
    values: <T>(topic: { name: string }): T[] =>
      seen.filter((raw) => raw.topic === topic.name).map(({ value }) => JSON.parse(String(value)) as T),
    /** By partition, how far the app's group has committed. */
    committed: (topic: string) => committedOffsets(client, CONSUMER_GROUP, topic),
    async close(): Promise<void> {
      for (const app of running) await app.close();
      await reader.stop();
      await producer.close();
      await client.close();
      await kafka.drop();
      await database.drop();
      keys.remove();
    },
  };
}

export type Worker = Awaited<ReturnType<typeof startedWorker>>;
