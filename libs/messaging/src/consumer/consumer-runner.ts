import type { RawMessage } from '@stagedoor/contracts';
import type { Clock, Logger, Metrics } from '@stagedoor/platform';
import { type ConsumerMetrics, consumerMetrics, showPartitions } from '../metrics.ts';
import type { Broker, BrokerConsumer, FetchedBatch, TopicPartition } from '../ports.ts';
import type { MessageProducer } from '../producer/message-producer.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../retry-policy.ts';
import { AssignedPartition, type InFlightBounds } from './assigned-partition.ts';
import { MessageHandler } from './message-handler.ts';
import { OffsetCommits } from './offset-commits.ts';
import type { TopicSubscription } from './subscription.ts';

/** How a ConsumerRunner is set up. */
export interface ConsumerRunnerOptions {
  /** A KafkaClient, or a simulated broker. */
  broker: Broker;
  /** Consumer group, without prefix. */
  group: string;
  subscriptions: readonly TopicSubscription[];
  /** For dead letters. */
  producer: Pick<MessageProducer, 'send'>;
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

/**
 * Runs one member of a consumer group: fetches, processes, commits, dead-letters.
 *
 * Messages are handed out as they are fetched and may complete in any order; a partition's offset is committed as far as
 * everything below it is done. So each message is processed at least once, and again after a rebalance, a crash or a
 * failed commit: the effect must be guarded by its own key or state, not by the assignment, which a handler can outlive.
 */
export class ConsumerRunner {
  readonly #options: ConsumerRunnerOptions;
  readonly #consumer: BrokerConsumer;
  readonly #metrics: ConsumerMetrics;
  readonly #handlers = new Map<string, MessageHandler>();
  readonly #commits: OffsetCommits;
  readonly #bounds: InFlightBounds;
  readonly #stopping = new AbortController();
  readonly #partitions = new Map<string, AssignedPartition>();
  #epoch = 0;
  /** In hand, of the present assignment and of those before it. */
  #inHand = 0;
  #idle: (() => void) | undefined;
  /** Takes the partitions out of the metrics. */
  #hide: (() => void) | undefined;

  constructor(options: ConsumerRunnerOptions) {
    const { broker, group, subscriptions, clock, logger } = options;
    this.#options = options;
    this.#metrics = consumerMetrics(options.metrics, group);
    this.#bounds = {
      messages: options.maxInFlightPerPartition ?? 1_000,
      bytes: options.maxInFlightBytesPerPartition ?? 4_194_304,
    };
    for (const subscribed of subscriptions) this.#handlers.set(subscribed.topic, this.#handlerOf(subscribed));
    if (this.#handlers.size < subscriptions.length) throw new Error(`${group} subscribes to a topic twice`);
    this.#consumer = broker.consumer({ group, topics: [...this.#handlers.keys()] });
    this.#commits = new OffsetCommits({
      consumer: this.#consumer,
      clock,
      logger,
      intervalMs: options.commitIntervalMs ?? 200,
      assignment: () => ({ epoch: this.#epoch, partitions: this.#partitions.values() }),
    });
  }

  /** Starts consuming; resolves at once, also while no broker can be reached. */
  async start(): Promise<void> {
    this.#hide = showPartitions(this.#options.metrics, this.#options.group, () => this.#partitions.values());
    await this.#consumer.run({
      onAssigned: (partitions, epoch) => this.#onAssigned(partitions, epoch),
      onLost: () => void this.#commits.flush(),
      onMessages: (batch) => this.#onMessages(batch),
      onFatal: (error) => this.#onFatal(error),
    });
  }

  /** Stops fetching, finishes what is in hand, commits it and leaves the group. */
  async stop(): Promise<void> {
    const { clock, logger, group, drainTimeoutMs = 10_000 } = this.#options;
    // Whatever waits to be tried again is left for whoever gets the partition next.
    this.#stopping.abort();
    this.#consumer.pause([...this.#partitions.values()]);
    if (this.#inHand > 0) {
      const { promise: idle, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      const settled = new AbortController();
      await Promise.race([idle, clock.sleep(drainTimeoutMs, settled.signal)]);
      settled.abort();
    }
    if (this.#inHand > 0) logger.warn({ group, messages: this.#inHand, drainTimeoutMs }, 'messages left unfinished');
    await this.#commits.flush();
    this.#endAssignment();
    await this.#consumer.stop();
    this.#hide?.();
  }

  /** Messages of the assigned partitions that are not processed yet, as of the last fetches. */
  get lag(): number {
    let lag = 0;
    for (const partition of this.#partitions.values()) lag += partition.lag;
    return lag;
  }

  #handlerOf(subscribed: TopicSubscription): MessageHandler {
    const { clock, logger, producer, group, retry = defaultRetryPolicy, random = Math.random } = this.#options;
    const runtime = { clock, logger, retry, random, metrics: this.#metrics, stopping: this.#stopping.signal };
    const { deadLetters } = subscribed;
    return new MessageHandler({ runtime, processor: subscribed.open(runtime), producer, group, deadLetters });
  }

  #onAssigned(assigned: readonly TopicPartition[], epoch: number): void {
    this.#endAssignment();
    this.#epoch = epoch;
    for (const { topic, partition } of assigned) {
      this.#partitions.set(keyOf(topic, partition), new AssignedPartition(topic, partition, this.#bounds));
    }
    if (this.#stopping.signal.aborted) this.#consumer.pause(assigned);
    this.#options.logger.info(
      { group: this.#options.group, epoch, partitions: assigned.length },
      'partitions assigned',
    );
  }

  #endAssignment(): void {
    for (const partition of this.#partitions.values()) partition.end();
    this.#partitions.clear();
  }

  #onMessages(batch: FetchedBatch): void {
    if (batch.epoch !== this.#epoch || this.#stopping.signal.aborted) return;
    const partition = this.#partitionFor(batch);
    const handler = this.#handlers.get(batch.topic);
    if (partition === undefined || handler === undefined) return;
    partition.highWatermark = batch.highWatermark;
    if (batch.messages.length > 0) this.#metrics.fetched(batch.topic, batch.messages.length);
    for (const raw of batch.messages) void this.#handle(partition, handler, raw);
    partition.passTo(batch.nextOffset);
    if (batch.messages.length === 0) this.#commits.schedule();
    this.#adjust(partition);
  }

  #partitionFor({ topic, partition, messages }: FetchedBatch): AssignedPartition | undefined {
    const key = keyOf(topic, partition);
    const assigned = this.#partitions.get(key);
    const first = messages[0];
    if (assigned === undefined || first === undefined || assigned.continuesAt(BigInt(first.offset))) return assigned;
    const { logger } = this.#options;
    logger.error({ topic, partition, offset: first.offset }, 'offsets went back, the topic was made anew');
    assigned.end();
    const anew = new AssignedPartition(topic, partition, this.#bounds);
    anew.paused = assigned.paused;
    this.#partitions.set(key, anew);
    return anew;
  }

  async #handle(partition: AssignedPartition, handler: MessageHandler, raw: RawMessage): Promise<void> {
    const ticket = partition.start(raw);
    this.#inHand++;
    const result = await handler.handle(raw, {
      isCurrent: () => !partition.over,
      retried: (change) => {
        partition.retried(change);
        this.#adjust(partition);
      },
    });
    this.#inHand--;
    partition.release(raw);
    if (result !== 'abandoned') {
      partition.finish(ticket);
      this.#commits.schedule();
    }
    this.#adjust(partition);
    this.#metrics.ended(raw.topic, result, this.#options.clock.now().getTime() - raw.timestamp.getTime());
    if (this.#inHand === 0) this.#idle?.();
  }

  /** Pauses a partition of which enough is in hand, and resumes it when there is room again. */
  #adjust(partition: AssignedPartition): void {
    if (partition.over || this.#stopping.signal.aborted) return;
    if (!partition.paused && partition.full) {
      partition.paused = true;
      this.#consumer.pause([partition]);
    } else if (partition.paused && partition.roomy) {
      partition.paused = false;
      this.#consumer.resume([partition]);
    }
  }

  #onFatal(error: Error): void {
    if (this.#options.onFatal !== undefined) this.#options.onFatal(error);
    else void Promise.reject(error);
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
