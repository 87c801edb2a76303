import { type Clock, isTransient, type Logger, PermanentError, TransientError } from '@stagedoor/platform';
import { type Kafka, type Message, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import type { BrokerProducer, ProducerMessage } from '../ports.ts';

/** How a KafkaJsProducer is set up. */
export interface KafkaJsProducerOptions {
  kafka: Kafka;
  topicName(topic: string): string;
  clock: Clock;
  logger: Logger;
}

// kafkajs waits for locks, connections and retries without an end of its own: after this the send counts as failed.
const SEND_TIMEOUT_MS = 30_000;
const DISCONNECT_TIMEOUT_MS = 5_000;
// Within one send, with its sequence numbers kept, so that these attempts cannot write twice.
const RETRY = { retries: 5, initialRetryTime: 100, maxRetryTime: 1_000 };

/**
 * An idempotent kafkajs producer, replaced by a fresh one after any failed send. kafkajs takes back the sequence numbers
 * of a send that failed; were that send written after all, the broker would take the next one, with the same numbers, for
 * its repetition, and acknowledge it without writing it. The same step heals OUT_OF_ORDER_SEQUENCE_NUMBER (45),
 * INVALID_PRODUCER_EPOCH (47) and UNKNOWN_PRODUCER_ID (59).
 */
export class KafkaJsProducer implements BrokerProducer {
  readonly #options: KafkaJsProducerOptions;
  #connected: Promise<Producer> | undefined;
  #sending = false;
  #closed = false;

  constructor(options: KafkaJsProducerOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const opened = this.#open();
    try {
      await opened;
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'kafka producer not connected, the next send tries again');
      if (this.#connected === opened) this.#connected = undefined;
    }
  }

  async send(messages: readonly ProducerMessage[]): Promise<void> {
    if (this.#closed) throw new Error('the producer is closed');
    // Two requests under way on one connection that breaks can lose the acknowledged one: never, not even by mistake.
    if (this.#sending) throw new Error('one send at a time');
    this.#sending = true;
    const opened = this.#open();
    const sent = opened.then((producer) =>
      producer.sendBatch({ acks: -1, topicMessages: this.#byTopic(messages), timeout: SEND_TIMEOUT_MS / 2 }),
    );
    try {
      await this.#inTime(sent);
    } catch (error) {
      this.#discard(opened, sent);
      throw asVerdict(error);
    } finally {
      this.#sending = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connected = this.#connected;
    this.#connected = undefined;
    if (connected !== undefined) await this.#disconnect(connected);
  }

  #open(): Promise<Producer> {
    this.#connected ??= this.#connect();
    return this.#connected;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#options.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    try {
      await producer.connect();
    } catch (error) {
      // A connection may stand although the rest of it failed, and would keep the process from ending.
      void this.#disconnect(Promise.resolve(producer));
      throw error;
    }
    return producer;
  }

  #byTopic(messages: readonly ProducerMessage[]): TopicMessages[] {
    const byTopic = new Map<string, Message[]>();
    for (const { topic, key, value, headers } of messages) {
      const message: Message = { key, value, headers: headers as Record<string, Buffer | string> };
      const known = byTopic.get(topic);
      if (known === undefined) byTopic.set(topic, [message]);
      else known.push(message);
    }
    return [...byTopic].map(([topic, ofTopic]) => ({ topic: this.#options.topicName(topic), messages: ofTopic }));
  }

  async #inTime(sent: Promise<unknown>): Promise<void> {
    const settled = new AbortController();
    const late = this.#options.clock.sleep(SEND_TIMEOUT_MS, settled.signal).then(() => {
      if (!settled.signal.aborted) throw new TransientError(`no acknowledgement within ${SEND_TIMEOUT_MS} ms`);
    });
    try {
      await Promise.race([sent, late]);
    } finally {
      settled.abort();
    }
  }

  /** The old producer may still be at it, and even connect again for that: it is closed once it has given up. */
  #discard(opened: Promise<Producer>, sent: Promise<unknown>): void {
    if (this.#connected === opened) this.#connected = undefined;
    void sent.then(
      () => this.#disconnect(opened),
      () => this.#disconnect(opened),
    );
  }

  async #disconnect(opened: Promise<Producer>): Promise<void> {
    const settled = new AbortController();
    const gone = opened.then(
      (producer) => producer.disconnect(),
      () => undefined,
    );
    try {
      await Promise.race([gone, this.#options.clock.sleep(DISCONNECT_TIMEOUT_MS, settled.signal)]);
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'kafka producer not disconnected cleanly');
    }
    settled.abort();
  }
}

// Errors of the broker after which a fresh producer can go on where this one cannot.
const wantsFreshProducer = new Set(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'INVALID_PRODUCER_EPOCH', 'UNKNOWN_PRODUCER_ID']);

function asVerdict(error: unknown): unknown {
  const type = brokerErrorType(error);
  const message = error instanceof Error ? error.message : String(error);
  if (type === 'MESSAGE_TOO_LARGE') return new PermanentError('MESSAGE_TOO_LARGE', message, { cause: error });
  if (isTransient(error) || wantsFreshProducer.has(type)) return new TransientError(message, { cause: error });
  return error;
}

/** The protocol error's name, however often kafkajs wrapped it. */
function brokerErrorType(error: unknown): string {
  let current = error as { type?: unknown; cause?: unknown; originalError?: unknown } | null | undefined;
  for (let depth = 0; depth < 10 && typeof current === 'object' && current !== null; depth++) {
    if (typeof current.type === 'string') return current.type;
    current = (current.cause ?? current.originalError) as typeof current;
  }
  return '';
}
