import type { RawMessage } from '@stagedoor/contracts';
import { type Clock, TransientError } from '@stagedoor/platform';
import { placeOfKey } from '../murmur2.ts';
import type { Broker, BrokerConsumer, BrokerProducer, PartitionOffset, ProducerMessage } from '../ports.ts';
import { SimulatedConsumer } from './simulated-consumer.ts';
import { SimulatedGroup } from './simulated-group.ts';

/** How a SimulatedBroker is set up. */
export interface SimulatedBrokerOptions {
  clock: Clock;
  /** From 0 up to 1: decides every delay, batch size and order. */
  random: () => number;
  /** Longest that a request takes. Default 20. */
  maxLatencyMs?: number;
  /** Most messages that one fetch brings of one partition. Default 20. */
  maxFetch?: number;
  /** How long a rebalance takes from the last sign of the old assignment to the new one. Default 50. */
  rebalanceMs?: number;
  /** How long a consumer waits before it looks again, with nothing to fetch or no way to the broker. Default 10. */
  idleMs?: number;
}

/** A Kafka cluster in memory, which can be made to fail. It passes the same contract suite as the real one. */
export class SimulatedBroker implements Broker {
  readonly clock: Clock;
  readonly random: () => number;
  readonly maxFetch: number;
  readonly rebalanceMs: number;
  readonly idleMs: number;
  /** While false, every request fails. */
  reachable = true;
  /** Sends that fail from now on: `lost` before, `unconfirmed` after they were written. */
  failingSends: ('lost' | 'unconfirmed')[] = [];
  /** Commits that fail from now on. */
  failingCommits = 0;
  /** Called with each commit that is taken. */
  onCommit: ((group: string, offset: PartitionOffset) => void) | undefined;
  readonly #maxLatencyMs: number;
  readonly #topics = new Map<string, RawMessage[][]>();
  readonly #groups = new Map<string, SimulatedGroup>();

  constructor(options: SimulatedBrokerOptions) {
    this.clock = options.clock;
    this.random = options.random;
    this.maxFetch = options.maxFetch ?? 20;
    this.rebalanceMs = options.rebalanceMs ?? 50;
    this.idleMs = options.idleMs ?? 10;
    this.#maxLatencyMs = options.maxLatencyMs ?? 20;
  }

  createTopic(name: string, partitions: number): void {
    this.#topics.set(
      name,
      Array.from({ length: partitions }, () => []),
    );
  }

  partitionsOf(topic: string): RawMessage[][] {
    const partitions = this.#topics.get(topic);
    if (partitions === undefined) throw new TransientError(`unknown topic ${topic}`);
    return partitions;
  }

  group(name: string): SimulatedGroup {
    const known = this.#groups.get(name) ?? new SimulatedGroup(this, name);
    this.#groups.set(name, known);
    return known;
  }

  /** Written as a producer's message is, at once; answers the record. */
  append(message: ProducerMessage): RawMessage {
    const partitions = this.partitionsOf(message.topic);
    const partition =
      message.key === null ? Math.floor(this.random() * partitions.length) : placeOfKey(message.key, partitions.length);
    const log = partitions[partition] ?? [];
    const record = {
      topic: message.topic,
      partition,
      offset: String(log.length),
      key: asBuffer(message.key),
      value: asBuffer(message.value),
      headers: Object.fromEntries(
        Object.entries(message.headers).map(([name, header]) => [name, asBuffer(header ?? null) ?? undefined]),
      ),
      timestamp: this.clock.now(),
    };
    log.push(record);
    return record;
  }

  producer(): BrokerProducer {
    let sending = false;
    return {
      connect: async () => {},
      close: async () => {},
      send: async (messages) => {
        if (sending) throw new Error('one send at a time');
        sending = true;
        try {
          await this.request();
          const failure = this.failingSends.shift();
          if (failure === 'lost') throw new TransientError('the request was lost');
          for (const message of messages) this.partitionsOf(message.topic);
          for (const message of messages) this.append(message);
          if (failure === 'unconfirmed') throw new TransientError('the answer was lost');
          await this.request();
        } finally {
          sending = false;
        }
      },
    };
  }

  consumer({ group, topics }: { group: string; topics: readonly string[] }): BrokerConsumer {
    return new SimulatedConsumer(this, this.group(group), topics);
  }

  /** Nothing is ever removed here. */
  async startOffsets(topic: string): Promise<Map<number, bigint>> {
    await this.request();
    return new Map(this.partitionsOf(topic).map((_, partition) => [partition, 0n]));
  }

  async endOffsets(topic: string): Promise<Map<number, bigint>> {
    await this.request();
    return new Map(this.partitionsOf(topic).map((log, partition) => [partition, BigInt(log.length)]));
  }

  async committedOffsets(group: string, topic: string): Promise<Map<number, bigint>> {
    await this.request();
    return this.group(group).committed(topic);
  }

  /** A way to the broker, or back. */
  async request(): Promise<void> {
    await this.clock.sleep(this.random() * this.#maxLatencyMs);
    if (!this.reachable) throw new TransientError('the broker cannot be reached');
  }
}

function asBuffer(part: Buffer | string | null): Buffer | null {
  return typeof part === 'string' ? Buffer.from(part) : part;
}
