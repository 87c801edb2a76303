import { topics } from '@stagedoor/contracts';
import { type Broker, committedOffsets, endOffsets } from '@stagedoor/messaging';
import type { ResultBacklog } from '../../application/ports.ts';

/** What Kafka says about payment-results and a consumer group of it. */
export const kafkaResultBacklog = (broker: Broker, group: string): ResultBacklog => ({
  ends: () => endOffsets(broker, topics.paymentResults.name),
  committed: () => committedOffsets(broker, group, topics.paymentResults.name),
});
