import { readFileSync } from 'node:fs';
import { type Clock, type KafkaConfig, type Logger, systemClock } from '@stagedoor/platform';
import {
  type ISocketFactory,
  Kafka,
  type KafkaConfig as KafkaJsConfig,
  type RetryOptions,
  type SASLOptions,
} from 'kafkajs';
import type { Broker, BrokerConsumer, BrokerProducer } from '../ports.ts';
import { KafkaJsConsumer } from './kafkajs-consumer.ts';
import { PERSISTENT } from './kafkajs-life.ts';
import { kafkaJsLevel, kafkaJsLogCreator } from './kafkajs-logging.ts';
import { patchKafkaJs } from './kafkajs-patches.ts';
import { KafkaJsProducer } from './kafkajs-producer.ts';
import { OffsetReader } from './offset-reader.ts';
import { connectWithoutDelay } from './sockets.ts';

/** How a KafkaClient introduces itself, and how it consumes. */
export interface KafkaClientOptions {
  /** Shown in the broker's logs and quotas. Default `stagedoor`. */
  clientId?: string;
  clock?: Clock;
  /** How long a fetch waits for messages: what a quiet topic's first message is late, at most. Default 200. */
  maxWaitMs?: number;
  /** After so long without a heartbeat the group gives a member's partitions to others. Default 10,000. */
  sessionTimeoutMs?: number;
  /** Also how late a member learns of a rebalance. Default 1,000. */
  heartbeatIntervalMs?: number;
  /** What one fetch brings of one partition, at most (a larger single message comes alone). Default 256 KiB. */
  maxBytesPerPartition?: number;
  /** A consumer that is silent for longer is replaced. Default 60,000: longer than any rebalance takes. */
  stallTimeoutMs?: number;
  /** How connections are made, e.g. through a proxy. */
  socketFactory?: ISocketFactory;
}

/** A Kafka cluster through kafkajs. Prefixes of topics and groups are put on and taken off in here, and nowhere else. */
export interface KafkaClient extends Broker {
  /** For what the ports do not cover. Names need their prefix there: see topicName() and groupName(). */
  readonly kafka: Kafka;
  topicName(topic: string): string;
  groupName(group: string): string;
  /** Ends the connection that offsets are asked through; producers and consumers are closed by whoever made them. */
  close(): Promise<void>;
}

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;
// Few and short: what goes on for longer is retried by the adapters, with a line in the log.
const RETRY = { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 };

/**
 * Describes the cluster; nothing is connected yet.
 * @throws Error when kafkajs is not the release that is patched, or the CA file cannot be read
 */
export function openKafka(config: KafkaConfig, logger: Logger, options: KafkaClientOptions = {}): KafkaClient {
  patchKafkaJs();
  const clock = options.clock ?? systemClock;
  const topicName = (topic: string): string => config.KAFKA_TOPIC_PREFIX + topic;
  const topicOf = (name: string): string => name.slice(config.KAFKA_TOPIC_PREFIX.length);
  const groupName = (group: string): string => config.KAFKA_GROUP_PREFIX + group;
  const newKafka = (retry: RetryOptions): Kafka =>
    new Kafka({
      brokers: config.KAFKA_BROKERS,
      clientId: options.clientId ?? 'stagedoor',
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      authenticationTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry,
      socketFactory: options.socketFactory ?? connectWithoutDelay,
      logLevel: kafkaJsLevel(logger),
      logCreator: kafkaJsLogCreator(logger),
      ...security(config),
    });
  const kafka = newKafka(RETRY);
  const offsets = new OffsetReader(kafka, clock);
  return {
    kafka,
    topicName,
    groupName,
    producer: (): BrokerProducer => new KafkaJsProducer({ kafka, topicName, clock, logger }),
    consumer: ({ group, topics }): BrokerConsumer =>
      new KafkaJsConsumer({
        // Of its own: members of one group made from one Kafka object share their committed offsets, and skip messages.
        kafka: newKafka(PERSISTENT),
        group: groupName(group),
        topics,
        topicName,
        topicOf,
        tuning: {
          maxWaitMs: options.maxWaitMs ?? 200,
          sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
          heartbeatIntervalMs: options.heartbeatIntervalMs ?? 1_000,
          maxBytesPerPartition: options.maxBytesPerPartition ?? 262_144,
          stallTimeoutMs: options.stallTimeoutMs ?? 60_000,
        },
        clock,
        logger,
      }),
    startOffsets: (topic) => offsets.start(topicName(topic)),
    endOffsets: (topic) => offsets.end(topicName(topic)),
    committedOffsets: (group, topic) => offsets.committed(groupName(group), topicName(topic)),
    close: () => offsets.close(),
  };
}

/** Per partition, the offset of the oldest message that is kept; the end where none is. */
export const startOffsets = (broker: Broker, topic: string): Promise<Map<number, bigint>> => broker.startOffsets(topic);

/** Per partition, the offset that the topic's next message will get. */
export const endOffsets = (broker: Broker, topic: string): Promise<Map<number, bigint>> => broker.endOffsets(topic);

/** Per partition, the offset that the group has committed; partitions without a commit are absent. */
export const committedOffsets = (broker: Broker, group: string, topic: string): Promise<Map<number, bigint>> =>
  broker.committedOffsets(group, topic);

function security(config: KafkaConfig): Pick<KafkaJsConfig, 'ssl' | 'sasl'> {
  const ca = config.KAFKA_SSL_CA_FILE;
  const ssl = config.KAFKA_SSL ? { ssl: ca === undefined ? true : { ca: [readFileSync(ca, 'utf8')] } } : {};
  const mechanism = config.KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) return ssl;
  const login = { username: config.KAFKA_SASL_USERNAME ?? '', password: config.KAFKA_SASL_PASSWORD ?? '' };
  return { ...ssl, sasl: { mechanism, ...login } as SASLOptions };
}
