import type { RawMessage } from '@stagedoor/contracts';
import type { Clock, Logger } from '@stagedoor/platform';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { FetchedBatch, PartitionOffset, TopicPartition } from '../ports.ts';
import { rawMessages } from './raw-message.ts';

/** Times and sizes of a consumer; what they mean is said where they are defined, in KafkaClientOptions. */
export interface ConsumerTuning {
  maxWaitMs: number;
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  maxBytesPerPartition: number;
  stallTimeoutMs: number;
}

/**
 * How often kafkajs tries by itself, some 30 s, on the consumer as on its `Kafka`: as long as it lives it is the member
 * that the group knows. One that takes its place is a new member, and the group waits for the old one until its session is
 * over.
 */
export const PERSISTENT = { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 };

/** How a consumer on kafkajs is set up. */
export interface KafkaJsConsumerOptions {
  /** Of this consumer alone, with the retries of PERSISTENT. */
  kafka: Kafka;
  /** With its prefix. */
  group: string;
  topics: readonly string[];
  topicName(topic: string): string;
  /** The reverse of topicName. */
  topicOf(name: string): string;
  tuning: ConsumerTuning;
  clock: Clock;
  logger: Logger;
}

/** What a life tells, until it is over. */
export interface LifeEvents {
  onJoined(partitions: TopicPartition[]): void;
  onRebalancing(): void;
  onMessages(batch: Omit<FetchedBatch, 'epoch'>): void;
}

const REBALANCE_TIMEOUT_MS = 30_000;
const MAX_FETCH_BYTES = 5_242_880;
const END_TIMEOUT_MS = 5_000;
const QUIET_MS = 5_000;

/** One kafkajs consumer, from its first connection until it crashes, falls silent or is stopped. */
export class KafkaJsLife {
  readonly #options: KafkaJsConsumerOptions;
  readonly #events: LifeEvents;
  readonly #consumer: Consumer;
  readonly #crash = Promise.withResolvers<Error>();
  #joining = false;
  #joined = false;
  #over = false;
  /** Commits once, under the generation of this moment; consumer.commitOffsets() would go on trying under later ones. */
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #lastSignMs: number;

  constructor(options: KafkaJsConsumerOptions, events: LifeEvents) {
    const { kafka, group, tuning } = options;
    this.#options = options;
    this.#events = events;
    this.#lastSignMs = this.#nowMs();
    this.#consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: tuning.sessionTimeoutMs,
      heartbeatInterval: tuning.heartbeatIntervalMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: tuning.maxWaitMs,
      maxBytesPerPartition: tuning.maxBytesPerPartition,
      maxBytes: MAX_FETCH_BYTES,
      allowAutoTopicCreation: false,
      retry: { ...PERSISTENT, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#listen();
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** Resolves once it is over and out of the group, with the reason; without one when `stopping` was aborted. */
  async run(stopping: AbortSignal): Promise<Error | undefined> {
    const started = this.#start().catch((error: unknown) => this.#crash.resolve(error as Error));
    const ended = new AbortController();
    const until = AbortSignal.any([stopping, ended.signal]);
    const error = await Promise.race([this.#crash.promise, this.#silent(until), aborted(until)]);
    ended.abort();
    await this.#end(started);
    return error;
  }

  pause(partitions: readonly TopicPartition[]): void {
    if (this.#joined) this.#consumer.pause(this.#named(partitions));
  }

  resume(partitions: readonly TopicPartition[]): void {
    if (this.#joined) this.#consumer.resume(this.#named(partitions));
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const commit = this.#commit;
    if (this.#over || commit === undefined) throw new Error('nothing was fetched under this assignment');
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    await commit({
      topics: [...byTopic].map(([topic, ofTopic]) => ({
        topic: this.#options.topicName(topic),
        partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
      })),
    });
  }

  async #start(): Promise<void> {
    const { topics, topicName } = this.#options;
    await this.#consumer.connect();
    if (!this.#over) await this.#consumer.subscribe({ topics: topics.map(topicName), fromBeginning: true });
    if (this.#over) return;
    this.#joining = true;
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#onBatch(payload),
    });
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, CRASH, FETCH, HEARTBEAT, START_BATCH_PROCESS } = this.#consumer.events;
    const signOfLife = () => {
      this.#lastSignMs = this.#nowMs();
    };
    this.#consumer.on(FETCH, signOfLife);
    this.#consumer.on(HEARTBEAT, signOfLife);
    this.#consumer.on(CRASH, ({ payload }) => this.#crash.resolve(payload.error));
    this.#consumer.on(REBALANCING, () => {
      if (!this.#over) this.#events.onRebalancing();
    });
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#onJoin(payload.memberAssignment));
    this.#consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      // Only transaction markers: eachBatch is not called, but the position has moved, and must not look like lag.
      if (payload.batchSize === 0) this.#deliver(payload, [], payload.lastOffset);
    });
  }

  #onJoin(assignment: Record<string, number[]>): void {
    this.#lastSignMs = this.#nowMs();
    this.#joined = true;
    this.#commit = undefined;
    if (this.#over) return;
    // kafkajs keeps what was paused through a rebalance: a partition that left and came back would stay silent.
    const paused = this.#consumer.paused();
    if (paused.length > 0) this.#consumer.resume(paused);
    this.#events.onJoined(
      Object.entries(assignment).flatMap(([name, partitions]) =>
        partitions.map((partition) => ({ topic: this.#options.topicOf(name), partition })),
      ),
    );
  }

  /** Hands over and returns at once, so that no partition's work holds up the others' fetches or the heartbeat. */
  async #onBatch({ batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    // Ends a consumer that was given up and came back: it would hold its partitions without processing them.
    if (this.#over) throw new TypeError('this consumer was given up');
    this.#commit = commitOffsetsIfNecessary;
    const last = batch.messages.at(-1);
    if (last === undefined) return;
    const messages = rawMessages(this.#options.topicOf(batch.topic), batch.partition, batch.messages);
    this.#deliver(batch, messages, batch.lastOffset());
    // Moves the fetch position only; what is committed is the runner's to say.
    resolveOffset(last.offset);
  }

  #deliver(
    { topic, partition, highWatermark }: { topic: string; partition: number; highWatermark: string },
    messages: RawMessage[],
    lastOffset: string,
  ): void {
    if (this.#over) return;
    this.#events.onMessages({
      topic: this.#options.topicOf(topic),
      partition,
      messages,
      nextOffset: BigInt(lastOffset) + 1n,
      highWatermark: BigInt(highWatermark),
    });
  }

  /** Fetches and heartbeats come several times a second, so a long silence is a consumer that will not come back. */
  async #silent(until: AbortSignal): Promise<Error | undefined> {
    const { clock, tuning, logger, group } = this.#options;
    let told = false;
    while (!until.aborted) {
      await clock.sleep(QUIET_MS, until);
      const silentMs = this.#nowMs() - this.#lastSignMs;
      if (!until.aborted && silentMs > tuning.stallTimeoutMs) return new Error(`no sign of life for ${silentMs} ms`);
      const quiet = silentMs >= QUIET_MS;
      if (quiet && !told && !until.aborted)
        logger.warn({ group, silentMs }, 'kafka consumer has no contact, goes on trying');
      told = quiet;
    }
    return undefined;
  }

  /**
   * Leaves the group and disconnects, bounded. Not before kafkajs has joined, once it has begun to: it would forget that
   * it joins, and go on as a member that nobody can stop.
   */
  async #end(started: Promise<void>): Promise<void> {
    const { clock, logger, group } = this.#options;
    this.#over = true;
    const settled = new AbortController();
    const gone = Promise.race([started, this.#crash.promise])
      .then(() => this.#consumer.disconnect())
      .catch((error: unknown) => logger.debug({ err: error, group }, 'kafka consumer not disconnected cleanly'))
      .then(() => true);
    // Still connecting, maybe to nobody: no member yet, and it will end by itself.
    if (!this.#joining) return;
    const late = clock.sleep(END_TIMEOUT_MS, settled.signal).then(() => false);
    const inTime = await Promise.race([gone, late]);
    settled.abort();
    if (!inTime) logger.warn({ group, timeoutMs: END_TIMEOUT_MS }, 'kafka consumer not ended in time, left behind');
  }

  #named(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    return [...byTopic].map(([topic, ofTopic]) => ({
      topic: this.#options.topicName(topic),
      partitions: ofTopic.map(({ partition }) => partition),
    }));
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}
