import { EventEmitter } from 'node:events';
import kafkajs, { type Kafka } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { testLogger } from '../testing/fixtures.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { KafkaJsConsumer } from './kafkajs-consumer.ts';

const errors = kafkajs as unknown as Record<string, new (message: string) => Error>;
const errorOf = (name: string): Error => new (errors[name] as new (message: string) => Error)(name);

const EVENTS = {
  GROUP_JOIN: 'join',
  REBALANCING: 'rebalancing',
  CRASH: 'crash',
  FETCH: 'fetch',
  HEARTBEAT: 'heartbeat',
  START_BATCH_PROCESS: 'start batch',
};

/** A kafkajs consumer that does what it is told. */
class FakeConsumer extends EventEmitter {
  readonly events = EVENTS;
  readonly config: Record<string, unknown>;
  disconnected = 0;
  eachBatch: ((payload: object) => Promise<void>) | undefined;
  joining = Promise.withResolvers<void>();

  constructor(config: Record<string, unknown>) {
    super();
    this.config = config;
  }
  async connect(): Promise<void> {}
  async subscribe(): Promise<void> {}
  run(config: { eachBatch: (payload: object) => Promise<void> }): Promise<void> {
    this.eachBatch = config.eachBatch;
    return this.joining.promise;
  }
  join(): void {
    this.emit(EVENTS.GROUP_JOIN, { payload: { memberAssignment: { 'p.t': [0, 1] } } });
    this.joining.resolve();
  }
  crash(error: Error): void {
    this.emit(EVENTS.CRASH, { payload: { error, restart: false } });
  }
  paused(): object[] {
    return [];
  }
  async disconnect(): Promise<void> {
    this.disconnected++;
  }
}

function start() {
  const clock = new VirtualClock();
  const made: FakeConsumer[] = [];
  const kafka = {
    consumer: (config: Record<string, unknown>) => {
      const consumer = new FakeConsumer(config);
      made.push(consumer);
      return consumer;
    },
  } as unknown as Kafka;
  const consumer = new KafkaJsConsumer({
    kafka,
    group: 'p.g',
    topics: ['t'],
    topicName: (topic) => `p.${topic}`,
    topicOf: (name) => name.slice(2),
    tuning: {
      maxWaitMs: 200,
      sessionTimeoutMs: 10_000,
      heartbeatIntervalMs: 1_000,
      maxBytesPerPartition: 1,
      stallTimeoutMs: 60_000,
    },
    clock,
    logger: testLogger(),
  });
  const seen = { assigned: [] as number[], partitions: [] as number[], fatal: [] as Error[], offsets: [] as string[] };
  void consumer.run({
    onAssigned: (partitions, epoch) => {
      seen.assigned.push(epoch);
      seen.partitions = partitions.map(({ partition }) => partition);
    },
    onLost: () => {},
    onMessages: ({ messages }) => seen.offsets.push(...messages.map(({ offset }) => offset)),
    onFatal: (error) => seen.fatal.push(error),
  });
  return { clock, made, consumer, seen };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const batchOf = (offset: string) => ({
  batch: {
    topic: 'p.t',
    partition: 0,
    highWatermark: '10',
    messages: [{ offset, key: null, value: null, headers: {}, timestamp: '0' }],
    lastOffset: () => offset,
  },
  resolveOffset: () => {},
  commitOffsetsIfNecessary: async () => {},
});

describe('KafkaJsConsumer', () => {
  test('asks for neither automatic commits nor restarts', async () => {
    const { made } = start();
    await turn();
    const { retry } = (made[0] as FakeConsumer).config as { retry: { restartOnFailure: () => Promise<boolean> } };
    expect(await retry.restartOnFailure()).toBe(false);
    expect(made[0]?.config).toMatchObject({ groupId: 'p.g', maxWaitTimeInMs: 200, allowAutoTopicCreation: false });
  });

  test('a crash that only says that the broker is away is followed by a fresh consumer', async () => {
    const { clock, made, seen } = start();
    await turn();
    made[0]?.join();
    made[0]?.crash(errorOf('KafkaJSGroupCoordinatorNotFound'));
    await clock.runUntil(() => made.length === 2);
    // The second assignment is of nothing: what was in hand cannot be committed any more.
    expect(seen).toMatchObject({ assigned: [1, 2], partitions: [], fatal: [] });
    made[1]?.join();
    await turn();
    expect(seen).toMatchObject({ assigned: [1, 2, 3], partitions: [0, 1] });
    expect(made[0]?.disconnected).toBe(1);
  });

  test('while no broker can be reached it tries ever more slowly, and never gives up', async () => {
    const { clock, made, seen } = start();
    const began = clock.now().getTime();
    for (let life = 0; life < 30; life++) {
      await clock.runUntil(() => made.length === life + 1);
      made[life]?.crash(errorOf('KafkaJSConnectionError'));
    }
    await clock.runUntil(() => made.length === 31);
    const seconds = (clock.now().getTime() - began) / 1_000;
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThan(160);
    expect(seen.fatal).toEqual([]);
  });

  test('a crash that cannot be helped is fatal', async () => {
    const { clock, made, seen } = start();
    await turn();
    made[0]?.crash(errorOf('KafkaJSSASLAuthenticationError'));
    await clock.runUntil(() => seen.fatal.length > 0);
    expect(seen.fatal[0]?.message).toBe('KafkaJSSASLAuthenticationError');
    await clock.advance(120_000);
    expect(made).toHaveLength(1);
  });

  test('a consumer that falls silent is replaced, and what comes of it later is not believed', async () => {
    const { clock, made, seen } = start();
    await turn();
    made[0]?.join();
    await made[0]?.eachBatch?.(batchOf('1'));
    for (let second = 0; second < 100; second++) {
      await clock.advance(1_000);
      made[0]?.emit(EVENTS.HEARTBEAT);
    }
    expect(made).toHaveLength(1);
    await clock.advance(90_000);
    expect(made).toHaveLength(2);
    await expect(made[0]?.eachBatch?.(batchOf('2'))).rejects.toThrow('given up');
    made[0]?.emit(EVENTS.GROUP_JOIN, { payload: { memberAssignment: { 'p.t': [0] } } });
    expect(seen.offsets).toEqual(['1']);
    expect(seen).toMatchObject({ assigned: [1, 2], partitions: [] });
  });

  test('a stop while joining waits for the join, so that the member can leave', async () => {
    const { clock, made, consumer } = start();
    await turn();
    let stopped = false;
    void consumer.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect([stopped, made[0]?.disconnected]).toEqual([false, 0]);
    made[0]?.join();
    await clock.runUntil(() => stopped);
    expect(made[0]?.disconnected).toBe(1);
  });

  test('commits only under the assignment that it is told', async () => {
    const { made, consumer } = start();
    await turn();
    made[0]?.join();
    const committed: object[] = [];
    await made[0]?.eachBatch?.({
      ...batchOf('4'),
      commitOffsetsIfNecessary: async (offsets: object) => {
        committed.push(offsets);
      },
    });
    await consumer.commit([{ topic: 't', partition: 0, offset: 5n }], 1);
    expect(committed).toEqual([{ topics: [{ topic: 'p.t', partitions: [{ partition: 0, offset: '5' }] }] }]);
    made[0]?.join();
    await expect(consumer.commit([{ topic: 't', partition: 0, offset: 6n }], 1)).rejects.toThrow('is over');
    expect(committed).toHaveLength(1);
  });
});
