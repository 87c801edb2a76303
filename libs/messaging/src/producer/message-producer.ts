import type { Broker, ProducerMessage } from '../ports.ts';

/** How a MessageProducer is set up. */
export interface MessageProducerOptions {
  /** Most messages in one request. Default 500. */
  maxBatch?: number;
  /** Most bytes in one request. Default 4 MiB. */
  maxBatchBytes?: number;
  /** Largest message (key, value, headers), in bytes; a larger one is refused alone. Default 1,000,000. */
  maxMessageBytes?: number;
  /** Most sends waiting; one more is refused with OverloadedError. Default 10,000. */
  maxQueued?: number;
}

/**
 * The process's one way of sending: idempotent, acknowledged by all in-sync replicas, one request outstanding. Sends that
 * come while one is under way share the next one, in their order.
 */
export class MessageProducer {
  constructor(broker: Broker, options: MessageProducerOptions = {}) {
    void broker;
    void options;
  }

  /** Starts connecting; resolves at once, also while no broker can be reached. */
  async connect(): Promise<void> {}

  /**
   * Resolves once every message is acknowledged. Rejects otherwise, and then any of them may have been written: send them
   * again (readers are idempotent) before anything later of the same keys.
   * @throws PermanentError MESSAGE_TOO_LARGE, before anything was sent
   */
  async send(messages: readonly ProducerMessage[]): Promise<void> {
    void messages;
  }

  /** Waits for what is under way, then disconnects. */
  async close(): Promise<void> {}
}
