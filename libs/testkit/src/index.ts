export * from './builders/messages.ts';
export { received } from './builders/received.ts';
export { eventually } from './eventually.ts';
export { type FaultProxy, faultProxy } from './fault-proxy.ts';
export { type AppName, emptyTestDatabase, type TestDatabase, testDatabase } from './infrastructure/test-database.ts';
export { type TestGroup, testGroup } from './infrastructure/test-group.ts';
export { type TestKafka, testKafka } from './infrastructure/test-kafka.ts';
export { type TestRedis, testRedis } from './infrastructure/test-redis.ts';
export {
  checkInvariants,
  type InvariantReport,
  type SystemAccess,
  takeSnapshot,
} from './invariants/check-invariants.ts';
export type { DatabaseUrls } from './invariants/load-databases.ts';
export type { KafkaAccess } from './invariants/load-topics.ts';
export { brokenInvariants } from './invariants/rules.ts';
export type * from './invariants/snapshot.ts';
export type * from './invariants/violation.ts';
export { compareBooks, type OurBook } from './payment-provider/compare-books.ts';
export { latencies, type ProviderFaults } from './payment-provider/faults.ts';
export type { ProviderBookContent } from './payment-provider/provider-book.ts';
export {
  type ProviderStandIn,
  type ProviderStandInOptions,
  providerStandIn,
} from './payment-provider/provider-stand-in.ts';
export { type AppProcess, startAppProcess } from './processes/app-process.ts';
export { type ProcessStage, processStage } from './processes/process-stage.ts';
export { EXPLAIN, type PlanStep, QueryPlans } from './query-plans.ts';
export { quietLogger } from './quiet-logger.ts';
export { compareShapes, type SchemaDriftOptions, schemaDrift } from './schema-drift.ts';
export { type TestKeys, testKeys } from './test-keys.ts';
export { type CollectedSpan, spanCollector } from './traces/span-collector.ts';
