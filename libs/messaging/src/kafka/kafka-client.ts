import type { KafkaConfig, Logger } from '@stagedoor/platform';
import { Kafka } from 'kafkajs';
import type { Broker, BrokerConsumer, BrokerProducer } from '../ports.ts';

/** How a KafkaClient introduces itself, and how it consumes. */
export interface KafkaClientOptions {
  /** Shown in the broker's logs and quotas. Default `stagedoor`. */
  clientId?: string;
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

/** Describes the cluster; nothing is connected yet. */
export function openKafka(config: KafkaConfig, logger: Logger, options: KafkaClientOptions = {}): KafkaClient {
  void logger;
  const kafka = new Kafka({ brokers: config.KAFKA_BROKERS, clientId: options.clientId ?? 'stagedoor' });
  const missing = (): never => {
    throw new Error('not there yet');
  };
  return {
    kafka,
    topicName: (topic) => config.KAFKA_TOPIC_PREFIX + topic,
    groupName: (group) => config.KAFKA_GROUP_PREFIX + group,
    producer: missing as () => BrokerProducer,
    consumer: missing as () => BrokerConsumer,
    endOffsets: async () => new Map(),
    committedOffsets: async () => new Map(),
    close: async () => {},
  };
}

/** Per partition, the offset that the topic's next message will get. */
export const endOffsets = (broker: Broker, topic: string): Promise<Map<number, bigint>> => broker.endOffsets(topic);

/** Per partition, the offset that the group has committed; partitions without a commit are absent. */
export const committedOffsets = (broker: Broker, group: string, topic: string): Promise<Map<number, bigint>> =>
  broker.committedOffsets(group, topic);
