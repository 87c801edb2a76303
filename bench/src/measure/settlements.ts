import { randomUUID } from 'node:crypto';
import { topics } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import type { KafkaAccess } from '@stagedoor/testkit';
import { Kafka, logLevel } from 'kafkajs';

const READ_FOR_MS = 120_000;

/** When a reservation came to its end, in epoch ms by the broker's clock, and to which. */
export interface Settlement {
  atMs: number;
  status: string;
}

const FINAL = new Set(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED']);

/**
 * When each reservation was settled, read from the domain events after the run, so that looking costs the run nothing.
 * The time is the broker's, when it had the event: after the commit and after the relay, so never too early.
 */
export async function settlements({ brokers, topicPrefix }: KafkaAccess): Promise<Map<string, Settlement>> {
  patchKafkaJs();
  const topic = topicPrefix + topics.domainEvents.name;
  const kafka = new Kafka({ brokers, clientId: 'bench', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const groupId = `bench-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const found = new Map<string, Settlement>();
  await admin.connect();
  try {
    const missing = new Map<number, number>();
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      if (Number(high) > Number(low)) missing.set(partition, Number(high));
    }
    if (missing.size === 0) return found;
    const { promise: read, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error('the events were not read in time')), READ_FOR_MS);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { value, timestamp } of batch.messages) {
          const event = JSON.parse(value?.toString() ?? '{}') as { data?: { reservationId?: string; status?: string } };
          const { reservationId, status } = event.data ?? {};
          if (reservationId !== undefined && status !== undefined && FINAL.has(status) && !found.has(reservationId)) {
            found.set(reservationId, { atMs: Number(timestamp), status });
          }
        }
        if (Number(batch.lastOffset()) + 1 >= (missing.get(batch.partition) ?? 0)) missing.delete(batch.partition);
        if (missing.size === 0) resolve();
      },
    });
    await read.finally(() => clearTimeout(timer));
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
    await admin.disconnect();
  }
  return found;
}
