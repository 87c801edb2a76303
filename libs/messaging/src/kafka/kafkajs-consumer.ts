import type { Clock, Logger } from '@stagedoor/platform';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { BrokerConsumer, ConsumerEvents, PartitionOffset, TopicPartition } from '../ports.ts';
import { retryDelayMs } from '../retry-policy.ts';
import { isFatal } from './fatal.ts';
import { rawMessages } from './raw-message.ts';

/** Times and sizes of a consumer; what they mean is said where they are defined, in KafkaClientOptions. */
export interface ConsumerTuning {
  maxWaitMs: number;
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  maxBytesPerPartition: number;
  stallTimeoutMs: number;
}

/** How a KafkaJsConsumer is set up. */
export interface KafkaJsConsumerOptions {
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

const REBALANCE_TIMEOUT_MS = 30_000;
const MAX_FETCH_BYTES = 5_242_880;
const STOP_TIMEOUT_MS = 10_000;
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 };
const RESTARTS = { firstDelayMs: 250, longestDelayMs: 5_000, unknownErrorAttempts: Number.POSITIVE_INFINITY };

type Commit = EachBatchPayload['commitOffsetsIfNecessary'];

/** One kafkajs consumer, from its first connection until it crashes or is stopped. */
interface Life {
  consumer: Consumer;
  joined: boolean;
  over: boolean;
  /** Commits once, under the generation of this moment; consumer.commitOffsets() would go on trying under later ones. */
  commit: Commit | undefined;
  lastSignMs: number;
  crashed: (error: Error) => void;
}

/**
 * A group member on kafkajs. Its rebalances are eager: every join ends the assignment before it, and all partitions, kept
 * ones as well, are fetched from their committed offsets again.
 *
 * kafkajs restarts itself after some errors and stops for good after others, among them what a broker's restart leads to
 * (KafkaJSGroupCoordinatorNotFound), and now and then it stalls in silence. So it is not asked to: whatever ends it, or
 * keeps it quiet for too long, a fresh consumer takes over, with capped backoff, unless trying again cannot help.
 */
export class KafkaJsConsumer implements BrokerConsumer {
  readonly #options: KafkaJsConsumerOptions;
  readonly #stopping = new AbortController();
  #events: ConsumerEvents | undefined;
  #life: Life | undefined;
  #lives: Promise<void> | undefined;
  #epoch = 0;

  constructor(options: KafkaJsConsumerOptions) {
    this.#options = options;
  }

  async run(events: ConsumerEvents): Promise<void> {
    if (this.#lives !== undefined) throw new Error('a consumer runs once');
    this.#events = events;
    this.#lives = this.#liveOnAndOn(events);
  }

  pause(partitions: readonly TopicPartition[]): void {
    if (this.#life?.joined) this.#life.consumer.pause(this.#named(partitions));
  }

  resume(partitions: readonly TopicPartition[]): void {
    if (this.#life?.joined) this.#life.consumer.resume(this.#named(partitions));
  }

  async commit(offsets: readonly PartitionOffset[], epoch: number): Promise<void> {
    const commit = this.#life?.commit;
    if (epoch !== this.#epoch || commit === undefined) throw new Error(`assignment ${epoch} is over`);
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    await commit({
      topics: [...byTopic].map(([topic, ofTopic]) => ({
        topic: this.#options.topicName(topic),
        partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
      })),
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#lives;
  }

  async #liveOnAndOn(events: ConsumerEvents): Promise<void> {
    const { clock, logger, group } = this.#options;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const { error, joined } = await this.#live();
      if (joined) events.onLost();
      if (error === undefined) return;
      if (isFatal(error)) {
        logger.error({ err: error, group }, 'kafka consumer stopped for good');
        events.onFatal(error);
        return;
      }
      failures = joined ? 1 : failures + 1;
      const delayMs = retryDelayMs(RESTARTS, failures, Math.random);
      logger.warn({ err: error, group, failures, delayMs }, 'kafka consumer lost, starting a fresh one');
      await clock.sleep(delayMs, this.#stopping.signal);
    }
  }

  /** Resolves with why it ended; without an error when it was stopped. */
  async #live(): Promise<{ error: Error | undefined; joined: boolean }> {
    const { promise: crash, resolve: crashed } = Promise.withResolvers<Error>();
    const life: Life = {
      consumer: this.#newConsumer(),
      joined: false,
      over: false,
      commit: undefined,
      lastSignMs: this.#nowMs(),
      crashed,
    };
    this.#life = life;
    this.#listen(life);
    const started = this.#start(life).catch((error: unknown) => crashed(error as Error));
    const ended = new AbortController();
    const error = await Promise.race([crash, this.#stalled(life, ended.signal), this.#stopRequested(ended.signal)]);
    ended.abort();
    const { joined } = life;
    await this.#end(life, started, crash);
    return { error, joined };
  }

  #newConsumer(): Consumer {
    const { kafka, group, tuning } = this.#options;
    return kafka.consumer({
      groupId: group,
      sessionTimeout: tuning.sessionTimeoutMs,
      heartbeatInterval: tuning.heartbeatIntervalMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      maxWaitTimeInMs: tuning.maxWaitMs,
      maxBytesPerPartition: tuning.maxBytesPerPartition,
      maxBytes: MAX_FETCH_BYTES,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  async #start(life: Life): Promise<void> {
    const { topics, topicName } = this.#options;
    await life.consumer.connect();
    await life.consumer.subscribe({ topics: topics.map(topicName), fromBeginning: true });
    await life.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#onBatch(life, payload),
    });
  }

  #listen(life: Life): void {
    const { consumer } = life;
    const { GROUP_JOIN, REBALANCING, CRASH, FETCH_START, FETCH, HEARTBEAT, START_BATCH_PROCESS } = consumer.events;
    const signOfLife = () => {
      life.lastSignMs = this.#nowMs();
    };
    consumer.on(FETCH_START, signOfLife);
    consumer.on(FETCH, signOfLife);
    consumer.on(HEARTBEAT, signOfLife);
    consumer.on(CRASH, ({ payload }) => life.crashed(payload.error));
    consumer.on(REBALANCING, () => {
      if (!life.over) this.#events?.onLost();
    });
    consumer.on(GROUP_JOIN, ({ payload }) => this.#onJoin(life, payload.memberAssignment));
    consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      // Only transaction markers: eachBatch is not called, but the position has moved, and must not look like lag.
      if (payload.batchSize === 0) {
        this.#deliver(life, payload.topic, payload.partition, [], payload.lastOffset, payload.highWatermark);
      }
    });
  }

  #onJoin(life: Life, assignment: Record<string, number[]>): void {
    life.lastSignMs = this.#nowMs();
    life.joined = true;
    life.commit = undefined;
    if (life.over) return;
    // kafkajs keeps what was paused through a rebalance: a partition that left and came back would stay silent.
    const paused = life.consumer.paused();
    if (paused.length > 0) life.consumer.resume(paused);
    const partitions = Object.entries(assignment).flatMap(([name, numbers]) =>
      numbers.map((partition) => ({ topic: this.#options.topicOf(name), partition })),
    );
    this.#epoch++;
    this.#events?.onAssigned(partitions, this.#epoch);
  }

  /** Hands over and returns at once, so that no partition's work holds up the others' fetches or the heartbeat. */
  async #onBatch(life: Life, { batch, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    // Ends a consumer that was given up and came back to life: it would hold its partitions without processing them.
    if (life.over) throw new TypeError('this consumer was given up');
    life.commit = commitOffsetsIfNecessary;
    const last = batch.messages.at(-1);
    if (last === undefined) return;
    const messages = rawMessages(this.#options.topicOf(batch.topic), batch.partition, batch.messages);
    this.#deliver(life, batch.topic, batch.partition, messages, batch.lastOffset(), batch.highWatermark);
    // Moves the fetch position only; what is committed is the runner's to say.
    resolveOffset(last.offset);
  }

  #deliver(
    life: Life,
    name: string,
    partition: number,
    messages: ReturnType<typeof rawMessages>,
    lastOffset: string,
    highWatermark: string,
  ): void {
    if (life.over) return;
    this.#events?.onMessages({
      topic: this.#options.topicOf(name),
      partition,
      epoch: this.#epoch,
      messages,
      nextOffset: BigInt(lastOffset) + 1n,
      highWatermark: BigInt(highWatermark),
    });
  }

  /** Fetches and heartbeats come several times a second, so a long silence is a consumer that will not come back. */
  async #stalled(life: Life, ended: AbortSignal): Promise<Error> {
    const { clock, tuning } = this.#options;
    while (!ended.aborted) {
      await clock.sleep(tuning.stallTimeoutMs / 4, ended);
      const silentMs = this.#nowMs() - life.lastSignMs;
      if (silentMs > tuning.stallTimeoutMs) return new Error(`no sign of life for ${silentMs} ms`);
    }
    return new Promise(() => {});
  }

  async #stopRequested(ended: AbortSignal): Promise<undefined> {
    const { signal } = this.#stopping;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) return undefined;
    signal.addEventListener('abort', () => resolve(), { once: true });
    ended.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    return undefined;
  }

  /**
   * Leaves the group and disconnects, bounded. Never while kafkajs is joining: it would forget that it joins, and go on
   * as a member that nobody can stop.
   */
  async #end(life: Life, started: Promise<void>, crash: Promise<unknown>): Promise<void> {
    const { clock, logger, group } = this.#options;
    life.over = true;
    const settled = new AbortController();
    const gone = Promise.race([started, crash]).then(() => life.consumer.disconnect());
    const inTime = await Promise.race([
      gone.then(
        () => true,
        (error: unknown) => {
          logger.debug({ err: error, group }, 'kafka consumer not disconnected cleanly');
          return true;
        },
      ),
      clock.sleep(STOP_TIMEOUT_MS, settled.signal).then(() => false),
    ]);
    settled.abort();
    if (!inTime) logger.warn({ group, timeoutMs: STOP_TIMEOUT_MS }, 'kafka consumer not stopped in time, left behind');
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
