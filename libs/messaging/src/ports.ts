import type { RawMessage } from '@stagedoor/contracts';

/** A partition of a topic; topic names are always those of the contracts, an adapter adds its prefix. */
export interface TopicPartition {
  topic: string;
  partition: number;
}

/** Where a consumer stands in a partition: the offset of the next message to process. */
export interface PartitionOffset extends TopicPartition {
  offset: bigint;
}

/** A record to be sent: an OutboundMessage, or the very bytes of a record that is passed on. */
export interface ProducerMessage {
  topic: string;
  /** Decides the partition (murmur2, as Java's clients do); null: any partition. */
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Readonly<Record<string, Buffer | string | undefined>>;
}

/** Sends records. One `send` at a time: whoever calls it again before it settled breaks the order of a partition. */
export interface BrokerProducer {
  /** Connects ahead of the first send. Never rejects: a send connects where this could not. */
  connect(): Promise<void>;
  /**
   * Resolves once all in-sync replicas have every message; messages of one partition are appended in their order.
   * Rejects when that is not known to be so: then any of them may have been written, or may still be.
   * @throws TransientError when trying again may help
   * @throws PermanentError MESSAGE_TOO_LARGE when the broker takes no message of this size
   */
  send(messages: readonly ProducerMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** What one fetch brought from one partition. */
export interface FetchedBatch extends TopicPartition {
  /** The assignment under which it was fetched. */
  epoch: number;
  /** In offset order; may be empty where only transaction markers were passed over. */
  messages: readonly RawMessage[];
  /** Where the next fetch goes on. */
  nextOffset: bigint;
  /** The offset that the partition's next message will get, as of this fetch. */
  highWatermark: bigint;
}

/** What a consumer tells whoever runs it. None of these may throw, and none is awaited. */
export interface ConsumerEvents {
  /**
   * A new assignment, complete: whatever was assigned before is over, also for partitions that are kept. Fetching
   * starts at each partition's committed offset (without one: at its beginning), with nothing paused.
   */
  onAssigned(partitions: readonly TopicPartition[], epoch: number): void;
  /** The assignment is about to end. What is committed at once still counts; later it does not. */
  onLost(): void;
  /** Must take all of them; a consumer that has enough calls `pause`. */
  onMessages(batch: FetchedBatch): void;
  /** The consumer cannot go on, and trying again will not help (refused login, unknown protocol): it has stopped. */
  onFatal(error: Error): void;
}

/** One member of a consumer group. */
export interface BrokerConsumer {
  /** Joins the group and keeps at it: while no broker can be reached it goes on trying. Resolves once that has begun. */
  run(events: ConsumerEvents): Promise<void>;
  /** No more fetches from these partitions until `resume`; a fetch under way may still be delivered. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Rejects when `epoch` is over or the broker refuses; then it is unknown which offsets were taken. */
  commit(offsets: readonly PartitionOffset[], epoch: number): Promise<void>;
  /** Leaves the group. No event comes after this resolved. */
  stop(): Promise<void>;
}

/** A Kafka cluster as this library needs it. The real one is KafkaClient; a simulation brings its own. */
export interface Broker {
  producer(): BrokerProducer;
  consumer(options: { group: string; topics: readonly string[] }): BrokerConsumer;
  /** Per partition, the offset of the oldest message that is kept; the end where none is. */
  startOffsets(topic: string): Promise<Map<number, bigint>>;
  /** Per partition, the offset that its next message will get. */
  endOffsets(topic: string): Promise<Map<number, bigint>>;
  /** Per partition, what the group has committed; partitions without a commit are absent. */
  committedOffsets(group: string, topic: string): Promise<Map<number, bigint>>;
}
