export { ConsumerRunner, type ConsumerRunnerOptions } from './consumer/consumer-runner.ts';
export {
  type RawSubscription,
  rawSubscription,
  type Subscription,
  subscription,
  type TopicSubscription,
  type TransactionalSubscription,
  transactional,
} from './consumer/subscription.ts';
export { aclsOf, createAcls, TOPICS_PRINCIPAL } from './kafka/acls.ts';
export {
  committedOffsets,
  endOffsets,
  type KafkaClient,
  type KafkaClientOptions,
  openKafka,
  startOffsets,
} from './kafka/kafka-client.ts';
export { patchKafkaJs } from './kafka/kafkajs-patches.ts';
export { type CreatedTopics, createTopics } from './kafka/topics.ts';
export { placeOfKey } from './murmur2.ts';
export { MysqlOutbox, type MysqlOutboxOptions, type Outbox } from './outbox/outbox.ts';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox-relay.ts';
export { MysqlOutboxStore, type OutboxRow, type OutboxStore, type QueryPool } from './outbox/outbox-store.ts';
export type * from './ports.ts';
export { MessageProducer, type MessageProducerOptions } from './producer/message-producer.ts';
export { defaultRetryPolicy, type RetryPolicy, retryDelayMs } from './retry-policy.ts';
