import { randomUUID } from 'node:crypto';
import { deadLetterTopic, type RawMessage, topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { Kafka, logLevel } from 'kafkajs';
import type { TopicRecords } from './snapshot.ts';
import { addRecords, topicRecords } from './topic-records.ts';

export interface KafkaAccess {
  brokers: string[];
  topicPrefix: string;
}

/** How long nothing may come before the topics are read to their ends. */
const MAX_SILENCE_MS = 60_000;

/**
 * Hands on every record of these topics, from the first to the end offsets as they are now; in order within each
 * partition. A batch at a time: all of a long run's records at once do not fit into memory.
 */
async function readToEnd(
  { brokers, topicPrefix }: KafkaAccess,
  names: string[],
  take: (records: RawMessage[]) => void,
): Promise<void> {
  patchKafkaJs();
  const kafka = new Kafka({ brokers, clientId: 'invariants', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const groupId = `invariants-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  let silence: NodeJS.Timeout | undefined;
  await admin.connect();
  try {
    const missing = new Map<string, number>();
    for (const name of names) {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topicPrefix + name)) {
        if (Number(high) > Number(low)) missing.set(`${topicPrefix}${name}-${partition}`, Number(high));
      }
    }
    if (missing.size === 0) return;
    const { promise: allRead, resolve } = Promise.withResolvers<void>();
    silence = setTimeout(resolve, MAX_SILENCE_MS);
    await consumer.connect();
    await consumer.subscribe({ topics: names.map((name) => topicPrefix + name), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const place = `${batch.topic}-${batch.partition}`;
        const end = missing.get(place);
        if (end === undefined) return;
        const records: RawMessage[] = [];
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
        take(records);
        silence?.refresh();
        if (Number(batch.lastOffset()) + 1 >= end) missing.delete(place);
        if (missing.size === 0) resolve();
      },
    });
    await allRead;
    if (missing.size > 0)
      throw new Error(`nothing for ${MAX_SILENCE_MS} ms, and not read to the end: ${[...missing.keys()].join(', ')}`);
  } finally {
    clearTimeout(silence);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
    await admin.disconnect();
  }
}

/** Reads every topic from its first record to its last, as far as retention has kept them. */
export async function loadTopics(kafka: KafkaAccess): Promise<TopicRecords> {
  const all = topicRecords([]);
  await readToEnd(
    kafka,
    Object.values(topics).flatMap(({ name }) => [name, deadLetterTopic(name)]),
    (records) => addRecords(all, topicRecords(records)),
  );
  return all;
}
