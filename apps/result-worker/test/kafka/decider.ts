import { allTopics, deadLetterTopic, type RawMessage, topics } from '@stagedoor/contracts';
import {
  ConsumerRunner,
  MessageProducer,
  openKafka,
  type ProducerMessage,
  rawSubscription,
} from '@stagedoor/messaging';
import { createMetrics, openDatabase, parseConfig, systemClock } from '@stagedoor/platform';
import { quietLogger, testDatabase, testKafka, testKeys } from '@stagedoor/testkit';
import { buildApp } from '../../src/app.ts';
import { configSchema } from '../../src/config.ts';

const watched = [topics.reservationOutcomes, topics.refundRequests, topics.paymentRequests].map(({ name }) => name);

/** The whole app on topics and a database of the test's own, and someone outside who writes and reads the topics. */
export async function startedDecider(changes: Record<string, string> = {}) {
  const kafka = testKafka();
  const keys = testKeys();
  const { url, config: databaseConfig, drop } = await testDatabase('result-worker');
  const database = openDatabase(databaseConfig);
  // Fewer partitions than in production: they cost the broker more than messages do.
  const settings = allTopics.map((topic) => ({ ...topic, partitions: Math.min(topic.partitions, 3) }));
  await kafka.createTopics(settings);
  const env: Record<string, string> = {
    ...keys.env,
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    PORT: '0',
    MYSQL_URL: url,
    KAFKA_BROKERS: kafka.brokers,
    KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
    KAFKA_GROUP_PREFIX: kafka.groupPrefix,
    SWEEP_INTERVAL_MS: '100',
    EXPIRY_GRACE_MS: '0',
    KAFKA_RECOVERY_GRACE_MS: '300',
    ...changes,
  };
  const config = parseConfig(configSchema, env, { app: 'result-worker' });
  const running = new Set<ReturnType<typeof buildApp>>();
  const start = async () => {
    const app = buildApp(config);
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
    subscriptions: watched.map((name) => rawSubscription(name, { process: async (raw) => void seen.push(raw) })),
    producer,
    clock: systemClock,
    logger: quietLogger,
    metrics: createMetrics('outside'),
  });
  await reader.start();

  return {
    env,
    start,
    async stop(app: ReturnType<typeof buildApp>): Promise<void> {
      running.delete(app);
      await app.close();
    },
    send: (messages: readonly ProducerMessage[]) => producer.send(messages),
    /** What stands on a topic so far. */
    values: <T>(topic: { name: string }): T[] =>
      seen.filter((raw) => raw.topic === topic.name).map(({ value }) => JSON.parse(String(value)) as T),
    query: <Row>(sql: string): Promise<Row[]> => database.pool.query(sql),
    /** How many payments have which status. */
    async statuses(): Promise<Record<string, number>> {
      const rows: { status: string; count: bigint }[] = await database.pool.query(
        'SELECT status, COUNT(*) AS count FROM decisions GROUP BY status',
      );
      return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
    },
    /** Forgets where the group of the app, which must be stopped, stands: it begins anew. */
    async rewind(group: string): Promise<void> {
      const admin = client.kafka.admin();
      await admin.connect();
      await admin.deleteGroups([client.groupName(group)]);
      await admin.disconnect();
    },
    /** Removes all that stands on a topic, as retention does. */
    async removeAll(topic: { name: string }): Promise<void> {
      const admin = client.kafka.admin();
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(client.topicName(topic.name));
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      await admin.deleteTopicRecords({ topic: client.topicName(topic.name), partitions });
      await admin.disconnect();
    },
    authorization: keys.authorization('boss', ['admin']),
    async close(): Promise<void> {
      for (const app of running) await app.close();
      await reader.stop();
      await producer.close();
      await client.close();
      await database.close();
      await kafka.drop();
      await drop();
      keys.remove();
    },
  };
}

export type Decider = Awaited<ReturnType<typeof startedDecider>>;

/** The bare record that a program writes which knows nothing but it. */
export const bare = (topic: { name: string }, key: string, value: unknown): ProducerMessage => ({
  topic: topic.name,
  key,
  value: typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value),
  headers: {},
});

export const deadLettersOf = (topic: { name: string }): { name: string } => ({ name: deadLetterTopic(topic.name) });
