import type { BrokerConsumer, ConsumerEvents, PartitionOffset, TopicPartition } from '../ports.ts';
import { retryDelayMs } from '../retry-policy.ts';
import { isFatal } from './fatal.ts';
import { type KafkaJsConsumerOptions, KafkaJsLife } from './kafkajs-life.ts';

const RESTARTS = { firstDelayMs: 250, longestDelayMs: 5_000, unknownErrorAttempts: Number.POSITIVE_INFINITY };

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
  #life: KafkaJsLife | undefined;
  #lives: Promise<void> | undefined;
  #epoch = 0;

  constructor(options: KafkaJsConsumerOptions) {
    this.#options = options;
  }

  async run(events: ConsumerEvents): Promise<void> {
    if (this.#lives !== undefined) throw new Error('a consumer runs once');
    this.#lives = this.#liveOnAndOn(events);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#life?.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#life?.resume(partitions);
  }

  async commit(offsets: readonly PartitionOffset[], epoch: number): Promise<void> {
    if (epoch !== this.#epoch || this.#life === undefined) throw new Error(`assignment ${epoch} is over`);
    await this.#life.commit(offsets);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#lives;
  }

  async #liveOnAndOn(events: ConsumerEvents): Promise<void> {
    const { clock, logger, group } = this.#options;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const life = this.#newLife(events);
      this.#life = life;
      const error = await life.run(this.#stopping.signal);
      if (error === undefined) return;
      // Nothing can be committed any more: what is in hand will come again, to whoever gets it then.
      if (life.joined) this.#assign(events, []);
      if (isFatal(error)) {
        logger.error({ err: error, group }, 'kafka consumer stopped for good');
        events.onFatal(error);
        return;
      }
      failures = life.joined ? 1 : failures + 1;
      const delayMs = retryDelayMs(RESTARTS, failures, Math.random);
      logger.warn({ err: error, group, failures, delayMs }, 'kafka consumer lost, starting a fresh one');
      await clock.sleep(delayMs, this.#stopping.signal);
    }
  }

  #newLife(events: ConsumerEvents): KafkaJsLife {
    return new KafkaJsLife(this.#options, {
      onJoined: (partitions) => this.#assign(events, partitions),
      onRebalancing: () => events.onLost(),
      onMessages: (batch) => events.onMessages({ ...batch, epoch: this.#epoch }),
    });
  }

  #assign(events: ConsumerEvents, partitions: readonly TopicPartition[]): void {
    this.#epoch++;
    events.onAssigned(partitions, this.#epoch);
  }
}
