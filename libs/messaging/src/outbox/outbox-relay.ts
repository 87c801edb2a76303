import type { Clock, Leadership, Logger, Metrics } from '@stagedoor/platform';
import type { MessageProducer } from '../producer/message-producer.ts';
import type { OutboxStore } from './outbox-store.ts';

/** How an OutboxRelay is set up. */
export interface OutboxRelayOptions {
  store: OutboxStore;
  producer: MessageProducer;
  /** Of this shard's lease: several replicas may run a relay, one at a time sends. */
  leadership: Pick<Leadership, 'isLeader' | 'release'>;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Which shard of the outbox this relay sends. Default 0. */
  shard?: number;
  /** Rows in one send. Default 100. */
  maxRows?: number;
  /** From 0 up to 1, for jitter. Default Math.random. */
  random?: () => number;
}

/** Sends an outbox's rows in their order, one send at a time, and deletes them once they are acknowledged. */
export class OutboxRelay {
  constructor(options: OutboxRelayOptions) {
    void options;
  }

  start(): void {}

  /** Looks for rows at once: to be called after a commit that added some. */
  nudge(): void {}

  /** Resolves once everything that was in the outbox has left, or `timeoutMs` (default 5,000) later, or if another replica leads. */
  async drain(timeoutMs = 5_000): Promise<void> {
    void timeoutMs;
  }

  /** Finishes the send in progress and gives the lease back. */
  async stop(): Promise<void> {}
}
