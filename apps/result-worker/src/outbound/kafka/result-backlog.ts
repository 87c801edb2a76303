import { topics } from '@stagedoor/contracts';
import { type Broker, committedOffsets, endOffsets, startOffsets } from '@stagedoor/messaging';
import type { ResultBacklog } from '../../application/ports.ts';

/** What Kafka says about payment-results and a consumer group of it. */
export const kafkaResultBacklog = (broker: Broker, group: string): ResultBacklog => {
  const { name } = topics.paymentResults;
  return {
    ends: () => endOffsets(broker, name),
    // What retention has removed nobody will read: a group without commits, or with older ones, stands behind it.
    async processed() {
      const [starts, committed] = await Promise.all([
        startOffsets(broker, name),
        committedOffsets(broker, group, name),
      ]);
      const positions = [...starts].map(([partition, start]): [number, bigint] => {
        const offset = committed.get(partition) ?? start;
        return [partition, offset > start ? offset : start];
      });
      return new Map(positions);
    },
  };
};
