import { randomBytes } from 'node:crypto';
import { deadLetterTopic, type TopicDefinition } from '@stagedoor/contracts';
import { type KafkaClient, type KafkaClientOptions, openKafka } from '../src/kafka/kafka-client.ts';
import { createTopics } from '../src/kafka/topics.ts';
import { testLogger } from '../src/testing/fixtures.ts';
import { type Numbered, numberedTopic } from '../src/testing/numbered-topic.ts';

/** Where the real broker is; `npm test` sets it. */
export function testBrokers(): string[] {
  const brokers = process.env.TEST_KAFKA_BROKERS;
  if (brokers === undefined) throw new Error('TEST_KAFKA_BROKERS is not set');
  return brokers.split(',');
}

/** The real broker with topics and groups of this test's own, by a random prefix. */
export interface RealCluster {
  client: KafkaClient;
  prefix: string;
  /** Another client of the same topics and groups: another process, or one that comes through a proxy. */
  another(options?: KafkaClientOptions, brokers?: string[]): KafkaClient;
  /** Makes a topic with its dead-letter topic. */
  topic(name: string, partitions?: number): Promise<TopicDefinition<Numbered>>;
  drop(): Promise<void>;
}

// Short, so that what is tested does not have to be waited for.
const QUICK: KafkaClientOptions = { maxWaitMs: 50, heartbeatIntervalMs: 250, sessionTimeoutMs: 6_000 };

export function realCluster(): RealCluster {
  const prefix = `t${randomBytes(4).toString('hex')}.`;
  const clients: KafkaClient[] = [];
  const made = new Set<string>();
  const another = (options: KafkaClientOptions = {}, brokers = testBrokers()): KafkaClient => {
    const config = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_GROUP_PREFIX: prefix, KAFKA_SSL: false };
    const client = openKafka(config, testLogger(), { ...QUICK, ...options });
    clients.push(client);
    return client;
  };
  const client = another();
  return {
    client,
    prefix,
    another,
    async topic(name, partitions = 4) {
      const topic = numberedTopic(name, partitions);
      const letters = { name: deadLetterTopic(name), partitions: 3, retentionMs: topic.retentionMs };
      await createTopics(client, [topic, letters]);
      for (const { name: each } of [topic, letters]) made.add(client.topicName(each));
      return topic;
    },
    async drop() {
      const admin = client.kafka.admin();
      await admin.connect();
      if (made.size > 0) await admin.deleteTopics({ topics: [...made] });
      await admin.disconnect();
      for (const each of clients) await each.close();
    },
  };
}
