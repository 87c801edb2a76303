import { allTopics, type TopicSettings } from '@stagedoor/contracts';
import { isTransient, systemClock, TransientError } from '@stagedoor/platform';
import kafkajs, { type Admin } from 'kafkajs';
import { DEAD_LETTER_TOPIC_MAX_BYTES, TOPIC_MAX_BYTES } from '../producer/message-size.ts';
import type { KafkaClient } from './kafka-client.ts';

/** What createTopics did, by topic name with prefix. */
export interface CreatedTopics {
  created: string[];
  /** Topics whose settings were put right. */
  repaired: string[];
  /** What cannot be put right without losing the order of keys: one sentence each. */
  differences: string[];
}

// Node finds no named export of it in kafkajs' CommonJS.
const { ConfigResourceTypes } = kafkajs;
// As many replicas as the cluster's default.replication.factor says.
const CLUSTER_DEFAULT = -1;
// kafkajs' number for a setting that was made on the topic itself.
const TOPIC_CONFIG = 1;
const MAX_ATTEMPTS = 100;
const ATTEMPT_INTERVAL_MS = 100;

/** Makes sure that the topics exist with their settings (design §3). Safe to repeat, and with two at once. */
export async function createTopics(
  client: KafkaClient,
  topics: readonly TopicSettings[] = allTopics,
): Promise<CreatedTopics> {
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const named = topics.map((topic) => ({ ...topic, name: client.topicName(topic.name) }));
    const existing = new Set(await admin.listTopics());
    const missing = named.filter(({ name }) => !existing.has(name));
    const created = missing.length > 0 && (await create(admin, missing)) ? missing.map(({ name }) => name) : [];
    // A leader that was named may still refuse for a moment: whoever comes next should find it ready. One after another: what
    // kafkajs learns of one topic can replace what it has just learned of another, and then it fails with a TypeError.
    for (const name of created) await onceKnown(() => admin.fetchTopicOffsets(name));
    return {
      created,
      repaired: await onceKnown(() => repair(admin, named)),
      differences: await onceKnown(() => compare(admin, named)),
    };
  } finally {
    await admin.disconnect();
  }
}

/** What a topic is told beside its number of partitions. */
function configOf({ name, retentionMs }: TopicSettings): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'max.message.bytes': String(name.endsWith('.dlq') ? DEAD_LETTER_TOPIC_MAX_BYTES : TOPIC_MAX_BYTES),
    // kafkajs cannot read snappy, lz4 or zstd, and one such batch of a foreign producer would stop its consumers. The
    // broker unpacks what comes packed; so a small batch cannot unfold into a message that no dead letter can hold, either.
    'compression.type': 'uncompressed',
    // A deadline counts from the record's timestamp where the producer's own is not believed (design §4): the broker's.
    'message.timestamp.type': 'LogAppendTime',
  };
}

/** A topic that was just created is known to the broker that is asked a moment later. */
async function onceKnown<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!isTransient(error) || attempt === MAX_ATTEMPTS) throw error;
      await systemClock.sleep(ATTEMPT_INTERVAL_MS);
    }
  }
}

/** False when somebody else was creating them at the same moment. */
function create(admin: Admin, topics: readonly TopicSettings[]): Promise<boolean> {
  return admin.createTopics({
    // kafkajs would give up when the broker does not know them yet.
    waitForLeaders: false,
    topics: topics.map((topic) => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: CLUSTER_DEFAULT,
      configEntries: Object.entries(configOf(topic)).map(([name, value]) => ({ name, value })),
    })),
  });
}

async function repair(admin: Admin, topics: readonly TopicSettings[]): Promise<string[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  const found = new Map(resources.map((resource) => [resource.resourceName, resource.configEntries]));
  const repairs = topics.flatMap((topic) => {
    const wanted = configOf(topic);
    const entries = found.get(topic.name) ?? [];
    const values = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    if (Object.entries(wanted).every(([name, value]) => values.get(name) === value)) return [];
    // The request replaces all of a topic's own settings: those of an operator are sent along.
    const own = entries.filter(({ configSource }) => (configSource as number) === TOPIC_CONFIG);
    const kept = Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
    return [{ name: topic.name, config: { ...kept, ...wanted } }];
  });
  if (repairs.length > 0) {
    await admin.alterConfigs({
      validateOnly: false,
      resources: repairs.map(({ name, config }) => ({
        type: ConfigResourceTypes.TOPIC,
        name,
        configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
      })),
    });
  }
  return repairs.map(({ name }) => name);
}

async function compare(admin: Admin, topics: readonly TopicSettings[]): Promise<string[]> {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  const partitions = new Map(found.map((topic) => [topic.name, topic.partitions.length]));
  if (found.some((topic) => topic.partitions.some(({ leader }) => leader < 0)))
    throw new TransientError('no leader yet');
  return topics
    .filter(({ name, partitions: wanted }) => partitions.get(name) !== wanted)
    .map(
      ({ name, partitions: wanted }) =>
        `${name} has ${partitions.get(name)} partitions instead of ${wanted}; changing that would send keys to other partitions`,
    );
}
