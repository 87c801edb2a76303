import { GroupCommit, type Metrics } from '@stagedoor/platform';
import { producerMetrics } from '../metrics.ts';
import type { Broker, BrokerProducer, ProducerMessage } from '../ports.ts';
import { messageBytes, refuseTooLarge } from './message-size.ts';

/** How a MessageProducer is set up. */
export interface MessageProducerOptions {
  /** Most messages in one request. Default 500: kafkajs groups them in quadratic time. */
  maxBatch?: number;
  /**
   * Most bytes in one request, unless it holds a single message. Default 900,000: kafkajs puts all messages of one
   * partition into one record batch, and a topic takes no batch above its `max.message.bytes` of 1 MiB.
   */
  maxBatchBytes?: number;
  /** Most send() calls waiting; one more is refused with OverloadedError. Default 10,000. */
  maxQueued?: number;
  metrics?: Metrics;
}

// send() calls that may share a request; what bounds the request are its messages and bytes.
const MAX_SENDS_TOGETHER = 500;

/**
 * The process's one way of sending: idempotent, acknowledged by all in-sync replicas, one request outstanding. Sends that
 * come while one is under way share the next one, in their order.
 */
export class MessageProducer {
  readonly #producer: BrokerProducer;
  readonly #maxBatch: number;
  readonly #maxBatchBytes: number;
  readonly #sends: GroupCommit<readonly ProducerMessage[], void>;
  readonly #metrics: ReturnType<typeof producerMetrics> | undefined;

  constructor(broker: Broker, options: MessageProducerOptions = {}) {
    this.#producer = broker.producer();
    this.#maxBatch = options.maxBatch ?? 500;
    this.#maxBatchBytes = options.maxBatchBytes ?? 900_000;
    this.#metrics = options.metrics && producerMetrics(options.metrics);
    this.#sends = new GroupCommit({
      name: 'message producer',
      maxBatch: MAX_SENDS_TOGETHER,
      maxQueued: options.maxQueued ?? 10_000,
      execute: async (sends) => {
        await this.#request(sends.flat());
        return sends.map(() => undefined);
      },
    });
  }

  /** Connects ahead of the first send; resolves also when no broker can be reached: send() tries again. */
  connect(): Promise<void> {
    return this.#producer.connect();
  }

  /**
   * Resolves once every message is acknowledged. Rejects otherwise, and then any of them may have been written: send them
   * again (readers are idempotent) before anything later of the same keys.
   * @throws PermanentError MESSAGE_TOO_LARGE, before anything was sent
   */
  async send(messages: readonly ProducerMessage[]): Promise<void> {
    if (messages.length === 0) return;
    for (const message of messages) refuseTooLarge(message);
    await this.#sends.submit(messages);
  }

  /** Waits for what is under way, then disconnects. */
  async close(): Promise<void> {
    await this.#sends.drain();
    await this.#producer.close();
  }

  /** One after another, so that a later part never arrives without an earlier one. */
  async #request(messages: readonly ProducerMessage[]): Promise<void> {
    let start = 0;
    while (start < messages.length) {
      const end = this.#endOfRequest(messages, start);
      const part = start === 0 && end === messages.length ? messages : messages.slice(start, end);
      await (this.#metrics?.timed(part, () => this.#producer.send(part)) ?? this.#producer.send(part));
      start = end;
    }
  }

  #endOfRequest(messages: readonly ProducerMessage[], start: number): number {
    let bytes = 0;
    let end = start;
    while (end < messages.length && end - start < this.#maxBatch) {
      bytes += messageBytes(messages[end] as ProducerMessage);
      if (bytes > this.#maxBatchBytes && end > start) break;
      end++;
    }
    return end;
  }
}
