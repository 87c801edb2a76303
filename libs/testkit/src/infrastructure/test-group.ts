import { openKafka } from '@stagedoor/messaging';
import { quietLogger } from '../quiet-logger.ts';
import type { TestKafka } from './test-kafka.ts';

/** What the broker knows of a consumer group. */
export interface TestGroup {
  /** How many members it has; -1 while it rebalances. */
  members(): Promise<number>;
  /** `topic-partition` where less is committed than stands there; empty when everything is. */
  behind(topics: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Looks into a group of the test's own, by its name in the contracts. */
export async function testGroup(kafka: TestKafka, group: string): Promise<TestGroup> {
  const client = openKafka(kafka.config, quietLogger, { clientId: 'testkit-group' });
  const admin = client.kafka.admin();
  await admin.connect();
  return {
    async members() {
      const { groups } = await admin.describeGroups([client.groupName(group)]);
      const [described] = groups;
      return described === undefined || described.state !== 'Stable' ? -1 : described.members.length;
    },
    async behind(topics) {
      const behind: string[] = [];
      for (const topic of topics) {
        const [ends, committed] = [await client.endOffsets(topic), await client.committedOffsets(group, topic)];
        for (const [partition, end] of ends) {
          if ((committed.get(partition) ?? 0n) < end) behind.push(`${topic}-${partition}`);
        }
      }
      return behind;
    },
    async close() {
      await admin.disconnect();
      await client.close();
    },
  };
}
