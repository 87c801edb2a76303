import { Leadership, type LeaseStore } from '@stagedoor/platform';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OutboxRelay } from '../src/outbox/outbox-relay.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { seededRandom, testLogger, testMetrics } from '../src/testing/fixtures.ts';
import { MemoryOutbox } from '../src/testing/memory-outbox.ts';
import { numbered } from '../src/testing/numbered-topic.ts';
import { SimulatedBroker } from '../src/testing/simulated-broker.ts';
import { VirtualClock } from '../src/testing/virtual-clock.ts';

const logger = testLogger();
const metrics = testMetrics();
const LEASE_MS = 300;

/** A lease table; a stalled holder does not notice that its time is over. */
class MemoryLeases implements LeaseStore {
  #holder = '';
  #untilMs = 0;
  readonly #clock: VirtualClock;
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  async tryAcquire(_name: string, holder: string, ttlMs: number): Promise<boolean> {
    await this.#clock.sleep(1);
    const nowMs = this.#clock.now().getTime();
    if (this.#holder !== holder && this.#untilMs > nowMs) return false;
    this.#holder = holder;
    this.#untilMs = nowMs + ttlMs;
    return true;
  }
  async release(_name: string, holder: string): Promise<void> {
    if (this.#holder === holder) this.#untilMs = 0;
  }
}

const scenario = fc.record({
  seed: fc.nat(),
  transactions: fc.integer({ min: 1, max: 60 }),
  shards: fc.integer({ min: 1, max: 2 }),
  replicas: fc.integer({ min: 1, max: 3 }),
  faults: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 2_000 }),
      what: fc.constantFrom('lost', 'unconfirmed', 'not removed', 'unreachable', 'stalled', 'stopped'),
    }),
    { maxLength: 8, size: 'max' },
  ),
});

async function play({
  seed,
  transactions,
  shards,
  replicas,
  faults,
}: typeof scenario extends fc.Arbitrary<infer S> ? S : never) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const broker = new SimulatedBroker({ clock, random });
  broker.createTopic('out', 3);
  const store = new MemoryOutbox(clock);
  const leases = new MemoryLeases(clock);
  /** Until when a replica's process stands still, between its question for the lease and what it does then. */
  const stalledUntilMs = new Map<number, number>();
  const relays: OutboxRelay[] = [];
  for (let replica = 0; replica < replicas; replica++) {
    for (let shard = 0; shard < shards; shard++) {
      const leadership = new Leadership(leases, `relay-${shard}`, `replica-${replica}`, LEASE_MS, clock);
      const producer = new MessageProducer(broker);
      const relay = new OutboxRelay({
        store: {
          read: (...args) => store.read(...args),
          remove: (ids) => store.remove(ids),
          atMost: () => store.atMost(),
        },
        producer: {
          send: async (messages) => {
            const stallMs = (stalledUntilMs.get(replica) ?? 0) - clock.now().getTime();
            if (stallMs > 0) await clock.sleep(stallMs);
            await producer.send(messages);
          },
        },
        leadership,
        clock,
        logger,
        metrics,
        random,
        shard,
        maxRows: 4,
      });
      relays.push(relay);
      relay.start();
    }
  }

  // Transactions of one key wait for each other's row lock; of different keys they commit in any order, and so may a row
  // with a lower id appear later.
  let committing = transactions;
  const locks = new Map<string, Promise<void>>();
  for (let n = 0; n < transactions; n++) {
    const key = `k${n % 5}`;
    const before = locks.get(key) ?? Promise.resolve();
    const transaction = before.then(async () => {
      const id = store.nextId();
      await clock.sleep(random() * 60);
      const shard = shards === 1 ? 0 : (n % 5) % 2;
      store.add([numbered('out', n, key), numbered('out', n + 0.5, key)], shard, id);
      if (random() < 0.7) for (const relay of relays) relay.nudge();
      committing--;
    });
    locks.set(key, transaction);
  }
  let pending = faults.length;
  for (const { atMs, what } of faults) {
    void clock.sleep(atMs).then(async () => {
      if (what === 'lost' || what === 'unconfirmed') broker.failingSends.push(what);
      if (what === 'not removed') store.failingRemovals++;
      if (what === 'stalled') stalledUntilMs.set(Math.floor(random() * replicas), clock.now().getTime() + 2 * LEASE_MS);
      if (what === 'stopped' && relays.length > shards) await relays.pop()?.stop();
      if (what === 'unreachable') {
        broker.reachable = false;
        await clock.sleep(500);
        broker.reachable = true;
      }
      pending--;
    });
  }
  await clock.runUntil(() => committing === 0 && pending === 0 && store.size === 0);
  let stopped = false;
  void Promise.all(relays.map((relay) => relay.stop())).then(() => {
    stopped = true;
  });
  await clock.runUntil(() => stopped);
  return broker
    .partitionsOf('out')
    .map((log) => log.map(({ value }) => JSON.parse(String(value)) as { key: string; n: number }));
}

describe('OutboxRelay over a simulated broker', () => {
  test('whatever fails, everything arrives, and the first occurrences of a key are in order', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (played) => {
        const logs = await play(played);
        const arrived = new Set(logs.flat().map(({ n }) => n));
        expect(arrived.size).toBe(played.transactions * 2);
        for (const log of logs) {
          for (const [, ofKey] of Map.groupBy(log, ({ key }) => key)) {
            const firsts = [...new Set(ofKey.map(({ n }) => n))];
            expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
          }
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  });

  test('without faults everything is sent once', async () => {
    const logs = await play({ seed: 1, transactions: 60, shards: 1, replicas: 3, faults: [] });
    expect(logs.flat()).toHaveLength(120);
  });
});
