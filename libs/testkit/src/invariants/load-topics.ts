import { randomUUID } from 'node:crypto';
import { deadLetterTopic, type RawMessage, topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { Kafka, logLevel } from 'kafkajs';
import type { TopicRecords } from './snapshot.ts';
import { topicRecords } from './topic-records.ts';

export interface KafkaAccess {
  brokers: string[];
  topicPrefix: string;
}

/** How long the topics may take to be read to their ends. */
const MAX_READ_MS = 120_000;

/** Every record of these topics, from the first to the end offsets as they are now; in order within each partition. */
async function readToEnd({ brokers, topicPrefix }: KafkaAccess, names: string[]): Promise<RawMessage[]> {
  patchKafkaJs();
  const kafka = new Kafka({ brokers, clientId: 'invariants', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const groupId = `invariants-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const records: RawMessage[] = [];
  await admin.connect();
  try {
    const missing = new Map<string, number>();
    for (const name of names) {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topicPrefix + name)) {
        if (Number(high) > Number(low)) missing.set(`${topicPrefix}${name}-${partition}`, Number(high));
      }
    }
    if (missing.size === 0) return records;
    const { promise: allRead, resolve } = Promise.withResolvers<void>();
    await consumer.connect();
    await consumer.subscribe({ topics: names.map((name) => topicPrefix + name), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const place = `${batch.topic}-${batch.partition}`;
        const end = missing.get(place);
        if (end === undefined) return;
        for (const { key, value, headers = {}, offset, timestamp } of batch.messages) {
          if (Number(offset) >= end) continue;
          records.push({
            topic: batch.topic.slice(topicPrefix.length),
            partition: batch.partition,
            offset,
            key,
            value,
            headers: headers as RawMessage['headers'],
            timestamp: new Date(Number(timestamp)),
          });
        }
        if (Number(batch.lastOffset()) + 1 >= end) missing.delete(place);
        if (missing.size === 0) resolve();
      },
    });
    const timer = setTimeout(resolve, MAX_READ_MS);
    await allRead;
    clearTimeout(timer);
    if (missing.size > 0)
      throw new Error(`not read to the end in ${MAX_READ_MS} ms: ${[...missing.keys()].join(', ')}`);
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
    await admin.disconnect();
  }
  return records;
}

/** Reads every topic from its first record to its last, as far as retention has kept them. */
export async function loadTopics(kafka: KafkaAccess): Promise<TopicRecords> {
  const definitions = Object.values(topics);
  const records = await readToEnd(
    kafka,
    definitions.flatMap(({ name }) => [name, deadLetterTopic(name)]),
  );
  return topicRecords(records);
}
