import { allTopics, type TopicSettings } from '@stagedoor/contracts';
import { createTopics, openKafka } from '@stagedoor/messaging';
import { type KafkaConfig, kafkaConfig } from '@stagedoor/platform';
import { eventually } from '../eventually.ts';
import { quietLogger } from '../quiet-logger.ts';
import { randomName, testServer } from './environment.ts';

const SESSION_PATIENCE_MS = 20_000;

/** Topics and groups of one test file's own. */
export interface TestKafka {
  readonly brokers: string;
  readonly topicPrefix: string;
  readonly groupPrefix: string;
  /** For openKafka(). */
  readonly config: KafkaConfig;
  /** Creates all topics of the contracts, or only these: a partition costs the broker more than a message does. */
  createTopics(topics?: readonly TopicSettings[]): Promise<void>;
  /** Deletes the topics and the groups under the prefixes; consumers must have stopped. */
  drop(): Promise<void>;
}

/** Random prefixes on the test broker. */
export function testKafka(): TestKafka {
  const brokers = testServer('TEST_KAFKA_BROKERS');
  const prefix = `test-${randomName()}.`;
  const config = kafkaConfig.parse({
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_GROUP_PREFIX: prefix,
  });
  const client = openKafka(config, quietLogger, { clientId: 'testkit' });
  return {
    brokers,
    topicPrefix: prefix,
    groupPrefix: prefix,
    config,
    async createTopics(topics = allTopics) {
      await createTopics(client, topics);
    },
    async drop() {
      const admin = client.kafka.admin();
      await admin.connect();
      try {
        const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
        if (topics.length > 0) await admin.deleteTopics({ topics });
        // A member that was killed belongs to its group until its session ends.
        await eventually(async () => {
          const { groups } = await admin.listGroups();
          const groupIds = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
          if (groupIds.length > 0) await admin.deleteGroups(groupIds);
        }, SESSION_PATIENCE_MS);
      } finally {
        await admin.disconnect();
        await client.close();
      }
    },
  };
}
