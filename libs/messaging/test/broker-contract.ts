import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Broker, BrokerConsumer, ConsumerEvents, FetchedBatch, TopicPartition } from '../src/ports.ts';
import { MessageProducer } from '../src/producer/message-producer.ts';
import { numbered } from '../src/testing/numbered-topic.ts';

/** A broker under test, and how topics are made on it. */
export interface ContractSubject {
  broker: Broker;
  createTopic(name: string, partitions: number): Promise<void>;
  drop(): Promise<void>;
}

/** A consumer that writes down what it is told. */
class Recorder implements ConsumerEvents {
  readonly batches: FetchedBatch[] = [];
  readonly assignments: { partitions: readonly TopicPartition[]; epoch: number }[] = [];
  losses = 0;
  /** Called with each assignment. */
  whenAssigned = (): void => {};

  onAssigned(partitions: readonly TopicPartition[], epoch: number): void {
    this.assignments.push({ partitions, epoch });
    this.whenAssigned();
  }
  onLost(): void {
    this.losses++;
  }
  onMessages(batch: FetchedBatch): void {
    this.batches.push(batch);
  }
  onFatal(error: Error): void {
    throw error;
  }

  get epoch(): number {
    return this.assignments.at(-1)?.epoch ?? 0;
  }
  get assigned(): number[] {
    return (this.assignments.at(-1)?.partitions ?? []).map(({ partition }) => partition).sort((a, b) => a - b);
  }
  offsets(partition: number, epoch?: number): string[] {
    return this.batches
      .filter((batch) => batch.partition === partition && (epoch === undefined || batch.epoch === epoch))
      .flatMap((batch) => batch.messages.map(({ offset }) => offset));
  }
  get count(): number {
    return this.batches.reduce((sum, { messages }) => sum + messages.length, 0);
  }
}

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

/** What every Broker must do, the real one and the simulated one. */
export function brokerContract(name: string, open: () => Promise<ContractSubject>): void {
  describe(`broker contract: ${name}`, () => {
    let subject: ContractSubject;
    const running: BrokerConsumer[] = [];
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(async () => {
      await Promise.all(running.map((consumer) => consumer.stop()));
      await subject.drop();
    });

    async function send(topic: string, count: number, key?: string): Promise<void> {
      const producer = new MessageProducer(subject.broker);
      await producer.send(Array.from({ length: count }, (_, n) => numbered(topic, n, key ?? `k${n}`)));
      await producer.close();
    }

    async function consume(group: string, ...topics: string[]): Promise<{ consumer: BrokerConsumer; seen: Recorder }> {
      const consumer = subject.broker.consumer({ group, topics });
      const seen = new Recorder();
      running.push(consumer);
      await consumer.run(seen);
      return { consumer, seen };
    }

    test('messages arrive as they were sent, in order within their partition', async () => {
      await subject.createTopic('whole', 3);
      const producer = new MessageProducer(subject.broker);
      const value = Buffer.from([0, 255, 1]);
      await producer.send([{ topic: 'whole', key: 'a', value, headers: { one: '1', two: Buffer.from([9, 200]) } }]);
      await producer.send(Array.from({ length: 30 }, (_, n) => numbered('whole', n, 'a')));
      await producer.send([{ topic: 'whole', key: null, value: null, headers: {} }]);
      await producer.close();
      const { seen } = await consume('whole-readers', 'whole');
      await eventually(() => expect(seen.count).toBe(32));
      const [batch] = seen.batches.filter(({ messages }) => messages.some(({ key }) => key?.toString() === 'a'));
      const first = batch?.messages.find(({ key }) => key !== null);
      expect(first).toMatchObject({ topic: 'whole', partition: batch?.partition, offset: expect.any(String) });
      expect(first?.value).toEqual(value);
      expect(first?.headers.one?.toString()).toBe('1');
      expect(first?.headers.two).toEqual(Buffer.from([9, 200]));
      expect(first?.timestamp).toBeInstanceOf(Date);
      const ofKey = seen.batches.flatMap(({ messages }) => messages).filter(({ key }) => key?.toString() === 'a');
      expect(ofKey.slice(1).map(({ value: text }) => JSON.parse(String(text)).n)).toEqual(
        Array.from({ length: 30 }, (_, n) => n),
      );
      for (const { messages, nextOffset, highWatermark, epoch } of seen.batches) {
        expect(nextOffset).toBeGreaterThan(BigInt(messages.at(-1)?.offset ?? -1));
        expect(highWatermark).toBeGreaterThanOrEqual(nextOffset);
        expect(epoch).toBe(seen.epoch);
      }
    });

    test('a group goes on where it has committed, and gets again what it has not', async () => {
      await subject.createTopic('go-on', 1);
      await send('go-on', 10);
      const first = await consume('go-on-group', 'go-on');
      await eventually(() => expect(first.seen.count).toBe(10));
      await first.consumer.commit([{ topic: 'go-on', partition: 0, offset: 6n }], first.seen.epoch);
      expect(await subject.broker.committedOffsets('go-on-group', 'go-on')).toEqual(new Map([[0, 6n]]));
      expect(await subject.broker.endOffsets('go-on')).toEqual(new Map([[0, 10n]]));
      expect(await subject.broker.startOffsets('go-on')).toEqual(new Map([[0, 0n]]));
      await first.consumer.stop();
      const second = await consume('go-on-group', 'go-on');
      await eventually(() => expect(second.seen.offsets(0)).toEqual(['6', '7', '8', '9']));
    });

    test('nothing committed is absent, not 0', async () => {
      await subject.createTopic('untouched', 2);
      expect(await subject.broker.committedOffsets('nobody', 'untouched')).toEqual(new Map());
      expect(await subject.broker.endOffsets('untouched')).toEqual(
        new Map([
          [0, 0n],
          [1, 0n],
        ]),
      );
    });

    test('a paused partition is silent until it is resumed, and then goes on without a gap', async () => {
      await subject.createTopic('pausing', 2);
      const consumer = subject.broker.consumer({ group: 'pausing-group', topics: ['pausing'] });
      const seen = new Recorder();
      // With every assignment: a broker that has just made the topic may ask for a second one.
      seen.whenAssigned = () => consumer.pause([{ topic: 'pausing', partition: 0 }]);
      running.push(consumer);
      await consumer.run(seen);
      await eventually(() => expect(seen.assigned).toEqual([0, 1]));
      await send('pausing', 40);
      const ends = await subject.broker.endOffsets('pausing');
      await eventually(() => expect(seen.offsets(1, seen.epoch)).toHaveLength(Number(ends.get(1))));
      expect(seen.offsets(0)).toEqual([]);
      seen.whenAssigned = () => {};
      consumer.resume([{ topic: 'pausing', partition: 0 }]);
      await eventually(() =>
        expect(seen.offsets(0, seen.epoch)).toEqual(
          Array.from({ length: Number(ends.get(0)) }, (_, offset) => String(offset)),
        ),
      );
    });

    test('a second member gets its share, and each partition starts from its commit again', async () => {
      await subject.createTopic('sharing', 4);
      await send('sharing', 60);
      const one = await consume('sharing-group', 'sharing');
      await eventually(() => expect(one.seen.count).toBe(60));
      const epoch = one.seen.epoch;
      await one.consumer.commit([{ topic: 'sharing', partition: 0, offset: 3n }], epoch);
      const two = await consume('sharing-group', 'sharing');
      await eventually(() => {
        expect(one.seen.assigned.length).toBe(2);
        expect([...one.seen.assigned, ...two.seen.assigned].sort()).toEqual([0, 1, 2, 3]);
      });
      expect(one.seen.losses).toBeGreaterThanOrEqual(1);
      expect(one.seen.epoch).toBeGreaterThan(epoch);
      const ends = await subject.broker.endOffsets('sharing');
      await eventually(() => {
        for (const [partition, end] of ends) {
          const seen = one.seen.assigned.includes(partition) ? one.seen : two.seen;
          const from = partition === 0 ? 3 : 0;
          const expected = Array.from({ length: Number(end) - from }, (_, index) => String(index + from));
          expect(seen.offsets(partition, seen.epoch)).toEqual(expected);
        }
      });
      await expect(one.consumer.commit([{ topic: 'sharing', partition: 1, offset: 1n }], epoch)).rejects.toThrow();
      await one.consumer.stop();
      const told = one.seen.batches.length;
      await eventually(() => expect(two.seen.assigned).toEqual([0, 1, 2, 3]));
      await send('sharing', 20);
      const after = await subject.broker.endOffsets('sharing');
      await eventually(() => {
        const total = [...after.values()].reduce((sum, end) => sum + Number(end), 0);
        expect([0, 1, 2, 3].flatMap((partition) => two.seen.offsets(partition, two.seen.epoch))).toHaveLength(
          total - 3,
        );
      });
      expect(one.seen.batches.length).toBe(told);
    });

    test('what was paused before a rebalance is not paused after it', async () => {
      await subject.createTopic('re-paused', 2);
      const one = await consume('re-paused-group', 're-paused');
      await eventually(() => expect(one.seen.assigned).toEqual([0, 1]));
      one.consumer.pause([0, 1].map((partition) => ({ topic: 're-paused', partition })));
      const two = await consume('re-paused-group', 're-paused');
      await eventually(() => expect(two.seen.assigned).toHaveLength(1));
      await two.consumer.stop();
      await eventually(() => expect(one.seen.assigned).toEqual([0, 1]));
      await send('re-paused', 10);
      await eventually(() => expect(one.seen.count).toBe(10));
    });

    test('20 callers of one producer: everything arrives once, each caller in its order', async () => {
      await subject.createTopic('racing', 2);
      const producer = new MessageProducer(subject.broker, { maxBatch: 7 });
      await Promise.all(
        Array.from({ length: 20 }, async (_, caller) => {
          for (let n = 0; n < 15; n++) await producer.send([numbered('racing', n, `caller-${caller}`)]);
        }),
      );
      await producer.close();
      const { seen } = await consume('racing-group', 'racing');
      await eventually(() => expect(seen.count).toBe(300));
      const byCaller = Map.groupBy(
        seen.batches.flatMap(({ messages }) => messages),
        ({ key }) => String(key),
      );
      expect(byCaller.size).toBe(20);
      for (const messages of byCaller.values()) {
        expect(messages.map(({ value }) => JSON.parse(String(value)).n)).toEqual(
          Array.from({ length: 15 }, (_, n) => n),
        );
      }
    });
  });
}
