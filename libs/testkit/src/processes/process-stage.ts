import { allTopics, type RawMessage } from '@stagedoor/contracts';
import {
  ConsumerRunner,
  MessageProducer,
  openKafka,
  type ProducerMessage,
  rawSubscription,
} from '@stagedoor/messaging';
import { createMetrics, openDatabase, systemClock } from '@stagedoor/platform';
import type { Pool } from 'mariadb';
import { type AppName, testDatabase } from '../infrastructure/test-database.ts';
import { type TestGroup, testGroup } from '../infrastructure/test-group.ts';
import { testKafka } from '../infrastructure/test-kafka.ts';
import { testRedis } from '../infrastructure/test-redis.ts';
import { quietLogger } from '../quiet-logger.ts';
import { type TestKeys, testKeys } from '../test-keys.ts';
import { type AppProcess, startAppProcess } from './app-process.ts';

/** A database, topics, Redis and keys of one app's own, on which any number of its processes run. */
export interface ProcessStage {
  readonly env: Readonly<Record<string, string>>;
  readonly keys: TestKeys;
  /** The app's database. */
  readonly pool: Pool;
  /** How many of its transactions wait for a row that another one has locked. */
  waitingForLocks(): Promise<number>;
  /** One more process; `changes` are over its environment. */
  start(changes?: Record<string, string>): AppProcess;
  send(messages: readonly ProducerMessage[]): Promise<void>;
  /** Sends the bare record that a program writes which knows nothing but it. */
  tell<T>(topic: { name: string; key(value: T): string }, values: readonly T[]): Promise<void>;
  /** What the app has said on a topic so far, of those that `listenTo` names. */
  said<T>(topic: { name: string }): T[];
  /** A consumer group of the app's. */
  group(name: string): Promise<TestGroup>;
  /** Kills what still runs, and drops what was made. */
  strike(): Promise<void>;
}

// Fewer than in production: they cost the broker more than messages do.
const PARTITIONS = 3;

/** @param listenTo topics that the app writes */
export async function processStage(app: AppName, listenTo: readonly { name: string }[] = []): Promise<ProcessStage> {
  const [kafka, redis, keys, database] = [testKafka(), testRedis(), testKeys(), await testDatabase(app)];
  await kafka.createTopics(
    allTopics.map((topic) => ({ ...topic, partitions: Math.min(topic.partitions, PARTITIONS) })),
  );
  const env = {
    ...keys.env,
    NODE_ENV: 'test',
    MYSQL_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_PREFIX: redis.prefix,
    KAFKA_BROKERS: kafka.brokers,
    KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
    KAFKA_GROUP_PREFIX: kafka.groupPrefix,
  };
  const own = openDatabase(database.config);
  const client = openKafka(kafka.config, quietLogger, { clientId: 'outside' });
  const producer = new MessageProducer(client);
  await producer.connect();
  const seen: RawMessage[] = [];
  const reader = new ConsumerRunner({
    broker: client,
    group: 'outside',
    subscriptions: listenTo.map(({ name }) => rawSubscription(name, { process: async (raw) => void seen.push(raw) })),
    producer,
    clock: systemClock,
    logger: quietLogger,
    metrics: createMetrics('outside'),
  });
  if (listenTo.length > 0) await reader.start();
  const processes: AppProcess[] = [];
  const groups: TestGroup[] = [];
  const send = (messages: readonly ProducerMessage[]) => producer.send(messages);
  return {
    env,
    keys,
    pool: own.pool,
    async waitingForLocks() {
      const [row] = await own.pool.query(
        `SELECT COUNT(*) AS waiting FROM information_schema.innodb_trx t
         JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
         WHERE t.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`,
      );
      return Number(row.waiting);
    },
    start(changes = {}) {
      const started = startAppProcess(app, { ...env, ...changes });
      processes.push(started);
      return started;
    },
    send,
    tell: (topic, values) =>
      send(
        values.map((value) => ({
          topic: topic.name,
          key: topic.key(value),
          value: JSON.stringify(value),
          headers: {},
        })),
      ),
    said: <T>({ name }: { name: string }) =>
      seen.filter(({ topic }) => topic === name).map(({ value }) => JSON.parse(String(value)) as T),
    async group(name) {
      const group = await testGroup(kafka, name);
      groups.push(group);
      return group;
    },
    async strike() {
      await Promise.all(processes.map((process) => process.kill()));
      if (listenTo.length > 0) await reader.stop();
      for (const group of groups) await group.close();
      await producer.close();
      await client.close();
      await own.close();
      await redis.clear();
      await kafka.drop();
      await database.drop();
      keys.remove();
    },
  };
}
