import { deadLetterTopic, type Received } from '@stagedoor/contracts';
import { PermanentError, TransientError } from '@stagedoor/platform';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsumerRunner } from '../src/consumer/consumer-runner.ts';
import { subscription, type TopicSubscription, transactional } from '../src/consumer/subscription.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { seededRandom, testLogger, testMetrics } from '../src/testing/fixtures.ts';
import { type Numbered, numbered, numberedTopic } from '../src/testing/numbered-topic.ts';
import { SimulatedBroker } from '../src/testing/simulated-broker.ts';
import { VirtualClock } from '../src/testing/virtual-clock.ts';

const PARTITIONS = 3;
const topic = numberedTopic('numbers', PARTITIONS);
const logger = testLogger();
const metrics = testMetrics();

/** What is wrong with a message: refused for good, failing so often before it works, or failing for ever. */
type Trouble = { kind: 'fine' | 'poison' | 'garbage' | 'never' } | { kind: 'transient' | 'unknown'; times: number };

const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 20, arbitrary: fc.constant({ kind: 'fine' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ kind: 'poison' as const }, { kind: 'garbage' as const }, { kind: 'never' as const }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('transient' as const, 'unknown' as const),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** What happens to the consumers, and when. */
const event = fc.record({
  atMs: fc.integer({ min: 0, max: 3_000 }),
  what: fc.constantFrom('join', 'leave', 'rebalance', 'unreachable', 'lose commits', 'lose sends', 'unconfirmed sends'),
});

const scenario = fc.record({
  seed: fc.nat(),
  batched: fc.boolean(),
  messages: fc.array(trouble, { minLength: 1, maxLength: 80, size: 'max' }),
  events: fc.array(event, { maxLength: 6, size: 'max' }),
});

/** Runs a scenario to its end, checking at every commit that nothing is passed over. */
async function play({ seed, batched, messages, events }: typeof scenario extends fc.Arbitrary<infer S> ? S : never) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const broker = new SimulatedBroker({ clock, random });
  broker.createTopic(topic.name, PARTITIONS);
  broker.createTopic(deadLetterTopic(topic.name), 2);
  const done = new Set<number>();
  const failures = new Map<number, number>();
  const where = new Map<string, number>();
  const passedOver: string[] = [];
  const wentBack: string[] = [];
  const deadLettered = (): Set<number> =>
    new Set(
      broker
        .partitionsOf(deadLetterTopic(topic.name))
        .flat()
        .map(({ headers }) => where.get(`${headers['dlq-partition']}/${headers['dlq-offset']}`) as number),
    );

  let arriving = messages.length;
  messages.forEach(({ kind }, n) => {
    // Half of them are waiting, the others arrive while things happen.
    void clock.sleep(n % 2 === 0 ? 0 : n * 30).then(() => {
      const message = numbered(topic.name, n, `k${n % 7}`);
      const { partition, offset } = broker.append(kind === 'garbage' ? { ...message, value: '{' } : message);
      where.set(`${partition}/${offset}`, n);
      arriving--;
    });
  });
  const committed = new Map<number, bigint>();
  broker.onCommit = (_, { partition, offset }) => {
    if (offset < (committed.get(partition) ?? 0n)) wentBack.push(`${partition} to ${offset}`);
    committed.set(partition, offset);
    const kept = deadLettered();
    for (let before = 0n; before < offset; before++) {
      const n = where.get(`${partition}/${before}`) as number;
      if (!(kept.has(n) || done.has(n))) passedOver.push(`message ${n} at ${partition}/${before}`);
    }
  };

  const attempt = ({ value: { n } }: Received<Numbered>): void => {
    const wrong = messages[n] as Trouble;
    const failed = failures.get(n) ?? 0;
    if (wrong.kind === 'poison') throw new PermanentError('POISON', 'refused');
    if (wrong.kind === 'never') throw new Error('never works');
    if ('times' in wrong && failed < wrong.times) {
      failures.set(n, failed + 1);
      throw wrong.kind === 'transient' ? new TransientError('away') : new Error('odd');
    }
  };
  const one: TopicSubscription = subscription(topic, {
    deadLetters: true,
    process: async (message) => {
      await clock.sleep(random() * 30);
      attempt(message);
      done.add(message.value.n);
    },
  });
  const together: TopicSubscription = transactional(topic, {
    deadLetters: true,
    maxBatch: 10,
    unitOfWork: {
      async run(work) {
        const staged = new Set<number>();
        const result = await work(staged as never);
        await clock.sleep(random() * 10);
        for (const n of staged) done.add(n);
        return result;
      },
    },
    handle: async (batch, tx: Set<number>) => {
      await clock.sleep(random() * 10);
      for (const message of batch) attempt(message);
      for (const { value } of batch) tx.add(value.n);
    },
  });

  const producer = new MessageProducer(broker);
  const runners: ConsumerRunner[] = [];
  const join = async (): Promise<void> => {
    const runner = new ConsumerRunner({
      broker,
      group: 'g',
      subscriptions: [batched ? together : one],
      producer,
      clock,
      logger,
      metrics,
      random,
      maxInFlightPerPartition: 8,
    });
    runners.push(runner);
    await runner.start();
  };
  await join();
  let pending = events.length;
  for (const { atMs, what } of events) {
    void clock.sleep(atMs).then(async () => {
      if (what === 'join') await join();
      if (what === 'leave' && runners.length > 1) await runners.shift()?.stop();
      if (what === 'rebalance') broker.group('g').rebalance();
      if (what === 'lose commits') broker.failingCommits = 3;
      if (what === 'lose sends') broker.failingSends.push('lost', 'lost');
      if (what === 'unconfirmed sends') broker.failingSends.push('unconfirmed');
      if (what === 'unreachable') {
        broker.reachable = false;
        await clock.sleep(700);
        broker.reachable = true;
      }
      pending--;
    });
  }
  const allCommitted = (): boolean =>
    broker.partitionsOf(topic.name).every((log, partition) => {
      return log.length === 0 || broker.group('g').committedOffset(topic.name, partition) === BigInt(log.length);
    });
  await clock.runUntil(() => pending === 0 && arriving === 0 && allCommitted());
  const stopped = Promise.all(runners.map((runner) => runner.stop()));
  let over = false;
  void stopped.then(() => {
    over = true;
  });
  await clock.runUntil(() => over);
  return { done, dead: deadLettered(), passedOver, wentBack };
}

describe('ConsumerRunner over a simulated broker', () => {
  test('whatever fails, every message is processed or dead-lettered before its offset is passed', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (played) => {
        const { done, dead, passedOver, wentBack } = await play(played);
        expect({ passedOver, wentBack }).toEqual({ passedOver: [], wentBack: [] });
        played.messages.forEach((wrong, n) => {
          const refused = wrong.kind === 'poison' || wrong.kind === 'never' || wrong.kind === 'garbage';
          expect([done.has(n), dead.has(n)], `message ${n}, ${wrong.kind}`).toEqual([!refused, refused]);
        });
      }),
      { numRuns: Number(process.env.RUNS ?? 150) },
    );
  });
});
