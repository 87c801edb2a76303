import { randomUUID } from 'node:crypto';
import { patchKafkaJs } from '@stagedoor/messaging';
import { type Consumer, Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import { FLOOR_BATCH } from './floor-task.ts';
import type { WorkPerOp } from './work.ts';

const READ_FOR_MS = 60_000;

interface CopiedTopic {
  copy: string;
  messages: Message[];
}

/** The messages of the floor: read beforehand, sent in batches of 400 operations, and read again by a bare consumer. */
export class FloorMessages {
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  readonly #topics: CopiedTopic[];
  #read = 0;
  #allRead = Promise.withResolvers<void>();

  private constructor(producer: Producer, consumer: Consumer, topics: CopiedTopic[]) {
    this.#producer = producer;
    this.#consumer = consumer;
    this.#topics = topics;
  }

  static async prepare(brokers: string[], work: WorkPerOp, operations: number): Promise<FloorMessages> {
    patchKafkaJs();
    const kafka = new Kafka({ brokers, clientId: 'floor', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    const copied: CopiedTopic[] = [];
    for (const [topic, perOp] of Object.entries(work.messages)) {
      const messages = await firstMessages(kafka, topic, Math.ceil(operations * perOp));
      const copy = `floor-${topic}-${randomUUID()}`;
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      await admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic: copy, numPartitions: topics[0]?.partitions.length ?? 1, replicationFactor: 1 }],
      });
      copied.push({ copy, messages });
    }
    await admin.disconnect();
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
    await producer.connect();
    const consumer = kafka.consumer({ groupId: `floor-${randomUUID()}`, maxWaitTimeInMs: 200 });
    const floor = new FloorMessages(producer, consumer, copied);
    if (copied.length > 0) await floor.#consume();
    return floor;
  }

  /** The text of a batch's messages, as an outbox holds it. */
  textOf(batch: number, batches: number): string {
    const messages = this.#topics.flatMap(({ messages: all }) => slice(all, batch, batches));
    if (messages.length === 0) return '';
    return JSON.stringify(messages.map(({ key, value }) => ({ key: key?.toString(), value: value?.toString() })));
  }

  async send(batch: number, batches: number): Promise<void> {
    const topicMessages = this.#topics
      .map(({ copy, messages }) => ({ topic: copy, messages: slice(messages, batch, batches) }))
      .filter(({ messages }) => messages.length > 0);
    if (topicMessages.length > 0) await this.#producer.sendBatch({ acks: -1, topicMessages });
  }

  /** Resolves once everything that was sent was read. */
  async allRead(): Promise<void> {
    if (this.#topics.length > 0) await this.#allRead.promise;
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
    await this.#consumer.disconnect();
  }

  async #consume(): Promise<void> {
    const total = this.#topics.reduce((sum, { messages }) => sum + messages.length, 0);
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: this.#topics.map(({ copy }) => copy), fromBeginning: true });
    const joined = new Promise((resolve) => this.#consumer.on(this.#consumer.events.GROUP_JOIN, resolve));
    await this.#consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) JSON.parse(value?.toString() ?? 'null');
        this.#read += batch.messages.length;
        if (this.#read >= total) this.#allRead.resolve();
      },
    });
    await joined;
  }
}

const slice = (messages: Message[], batch: number, batches: number): Message[] => {
  const size = Math.ceil(messages.length / batches);
  return messages.slice(batch * size, (batch + 1) * size);
};

/** Up to `count` real messages of a topic; `FLOOR_BATCH` at least, if there are so many. */
async function firstMessages(kafka: Kafka, topic: string, count: number): Promise<Message[]> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const wanted = Math.min(
    Math.max(count, FLOOR_BATCH),
    offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0),
  );
  const messages: Message[] = [];
  const consumer = kafka.consumer({ groupId: `floor-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const { promise: read, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`${topic} was not read in time`)), READ_FOR_MS);
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { key, value, headers } of batch.messages) messages.push({ key, value, ...(headers && { headers }) });
      if (messages.length >= wanted) resolve();
    },
  });
  await read.finally(() => clearTimeout(timer));
  await consumer.disconnect();
  return messages.slice(0, wanted);
}
