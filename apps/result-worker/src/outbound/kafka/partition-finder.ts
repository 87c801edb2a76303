import { setTimeout as sleep } from 'node:timers/promises';
import { type Broker, endOffsets, placeOfKey } from '@stagedoor/messaging';
import type { PartitionFinder } from '../../application/ports.ts';

// Somebody waits for the answer, and it is of use without the partition too.
const TIMEOUT_MS = 2_000;

/** Asks the cluster how many partitions a topic has: an operator may have added some. */
export const kafkaPartitionFinder = (broker: Broker): PartitionFinder => ({
  async partitionOf(topic, key) {
    const asked = endOffsets(broker, topic).then(
      (ends) => (ends.size === 0 ? null : placeOfKey(key, ends.size)),
      () => null,
    );
    return Promise.race([asked, sleep(TIMEOUT_MS, null, { ref: false })]);
  },
});
