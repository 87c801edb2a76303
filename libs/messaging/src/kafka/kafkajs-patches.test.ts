import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { assertUnchanged, patchKafkaJs } from './kafkajs-patches.ts';

const require = createRequire(import.meta.url);
patchKafkaJs();

// biome-ignore lint/suspicious/noExplicitAny: the inside of kafkajs has no types
type Inside = any;

const ConsumerGroup: Inside = require('kafkajs/src/consumer/consumerGroup.js');
const Runner: Inside = require('kafkajs/src/consumer/runner.js');
const SubscriptionState: Inside = require('kafkajs/src/consumer/subscriptionState.js');
const SeekOffsets: Inside = require('kafkajs/src/consumer/seekOffsets.js');
const RequestQueue: Inside = require('kafkajs/src/network/requestQueue/index.js');

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A group whose one fetch brings one message, and whose assignment may change while it is under way. */
function groupThat(rejoins: 'while fetching' | 'after fetching' | 'never') {
  const newOffsetManager = () => ({
    committedOffsets: () => ({ t: { 0: '100' } }),
    nextOffset: () => '150',
    resolveOffsets: async () => {},
    resolved: [] as string[],
    resolveOffset(this: { resolved: string[] }, { offset }: { offset: string }) {
      this.resolved.push(offset);
    },
  });
  const subscriptionState = new SubscriptionState();
  subscriptionState.assign([{ topic: 't', partitions: [0] }]);
  const message = { offset: '150', key: null, value: Buffer.from('{}'), headers: {}, timestamp: '0' };
  const partitionData = { partition: 0, highWatermark: '200', abortedTransactions: [], messages: [message] };
  const group = Object.assign(Object.create(ConsumerGroup.prototype), {
    logger: silent,
    offsetManager: newOffsetManager(),
    subscriptionState,
    seekOffset: new SeekOffsets(),
    preferredReadReplicasPerTopicPartition: {},
    partitionsPerSubscribedTopic: null,
    filterPartitionsByNode: (_: string, partitions: unknown) => partitions,
    heartbeat: async () => {},
    cluster: {
      refreshMetadataIfNecessary: async () => {},
      findBroker: async () => ({
        fetch: async () => {
          if (rejoins === 'while fetching') group.offsetManager = newOffsetManager();
          return { responses: [{ topicName: 't', partitions: [partitionData] }] };
        },
      }),
    },
  });
  return { group, newOffsetManager };
}

async function handled(rejoins: 'while fetching' | 'after fetching' | 'never') {
  const { group, newOffsetManager } = groupThat(rejoins);
  const seen: string[] = [];
  const runner = Object.assign(Object.create(Runner.prototype), {
    logger: silent,
    running: true,
    consumerGroup: group,
    instrumentationEmitter: { emit: () => {} },
    eachBatchAutoResolve: false,
    autoCommit: false,
    eachBatch: async ({ batch, resolveOffset }: Inside) => {
      seen.push(batch.firstOffset());
      resolveOffset(batch.lastOffset());
    },
  });
  const [batch] = await group.fetch('1');
  if (rejoins === 'after fetching') group.offsetManager = newOffsetManager();
  await runner.handleBatch(batch);
  return { seen, resolved: group.offsetManager.resolved };
}

describe('the patched kafkajs', () => {
  test('hands over what was fetched under the present assignment', async () => {
    expect(await handled('never')).toEqual({ seen: ['150'], resolved: ['150'] });
  });

  test.each(['while fetching', 'after fetching'] as const)(
    'drops what was fetched under an assignment that ended %s: it would move the new position past 100 to 150',
    async (rejoins) => {
      expect(await handled(rejoins)).toEqual({ seen: [], resolved: [] });
    },
  );

  test('arms no timer for a request queue with nothing pending, and does for one that is throttled', () => {
    const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger: silent });
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).toBeNull();
    queue.pending.push({});
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });

  test('refuses a method that is not the one that was read', () => {
    const method = { module: 'kafkajs/src/x.js', name: 'x', sha256: '0'.repeat(64) };
    expect(() => assertUnchanged(method, () => 1)).toThrow('read its source again first');
    expect(() => assertUnchanged(method, undefined)).toThrow('read its source again first');
  });
});
