import { TransientError } from '@stagedoor/platform';
import type { BrokerConsumer, ConsumerEvents, PartitionOffset, TopicPartition } from '../ports.ts';
import type { SimulatedBroker } from './simulated-broker.ts';
import type { GroupMember, SimulatedGroup } from './simulated-group.ts';

interface Position extends TopicPartition {
  offset: number;
  paused: boolean;
}

/** A member of a simulated group. */
export class SimulatedConsumer implements BrokerConsumer, GroupMember {
  readonly topics: readonly string[];
  readonly #broker: SimulatedBroker;
  readonly #group: SimulatedGroup;
  #events: ConsumerEvents | undefined;
  #epoch = 0;
  #positions: Position[] = [];
  /** Ends the fetches of an assignment that is over. */
  #assignment = new AbortController();
  #running = false;

  constructor(broker: SimulatedBroker, group: SimulatedGroup, topics: readonly string[]) {
    this.#broker = broker;
    this.#group = group;
    this.topics = topics;
  }

  async run(events: ConsumerEvents): Promise<void> {
    this.#events = events;
    this.#running = true;
    void this.#join();
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, true);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#setPaused(partitions, false);
  }

  async commit(offsets: readonly PartitionOffset[], epoch: number): Promise<void> {
    if (epoch !== this.#epoch) throw new Error(`assignment ${epoch} is over`);
    await this.#broker.request();
    if (this.#broker.failingCommits > 0) {
      this.#broker.failingCommits--;
      throw new TransientError('the commit was lost');
    }
    if (!this.#group.has(this)) throw new Error('not a member');
    this.#group.commit(offsets, epoch);
    await this.#broker.request();
  }

  async stop(): Promise<void> {
    this.crash();
    this.#group.leave(this);
  }

  /** The process is gone: nothing is told to anybody. Its partitions go to others when `expire` is called. */
  crash(): void {
    this.#running = false;
    this.#events = undefined;
    this.#assignment.abort();
  }

  /** The group notices that a crashed member is gone. */
  expire(): void {
    this.#group.leave(this);
  }

  lose(): void {
    this.#assignment.abort();
    this.#positions = [];
    this.#events?.onLost();
  }

  assign(partitions: TopicPartition[], generation: number): void {
    if (!this.#running) return;
    this.#epoch = generation;
    this.#assignment = new AbortController();
    this.#positions = partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      offset: Number(this.#group.committedOffset(topic, partition) ?? 0n),
      paused: false,
    }));
    this.#events?.onAssigned(partitions, generation);
    void this.#fetchOn(this.#assignment.signal);
  }

  async #join(): Promise<void> {
    while (this.#running) {
      try {
        await this.#broker.request();
        if (this.#running) this.#group.join(this);
        return;
      } catch {
        await this.#broker.clock.sleep(this.#broker.idleMs);
      }
    }
  }

  async #fetchOn(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const ready = this.#positions.filter(({ topic, partition, offset, paused }) => {
        const log = this.#broker.partitionsOf(topic)[partition] ?? [];
        return !paused && offset < log.length;
      });
      const position = ready[Math.floor(this.#broker.random() * ready.length)];
      if (position === undefined) await this.#broker.clock.sleep(this.#broker.idleMs, over);
      else await this.#fetch(position, over);
    }
  }

  async #fetch(position: Position, over: AbortSignal): Promise<void> {
    const { topic, partition, offset } = position;
    try {
      await this.#broker.request();
    } catch {
      await this.#broker.clock.sleep(this.#broker.idleMs, over);
      return;
    }
    if (over.aborted) return;
    const log = this.#broker.partitionsOf(topic)[partition] ?? [];
    const messages = log.slice(offset, offset + 1 + Math.floor(this.#broker.random() * this.#broker.maxFetch));
    position.offset = offset + messages.length;
    this.#events?.onMessages({
      topic,
      partition,
      epoch: this.#epoch,
      messages,
      nextOffset: BigInt(position.offset),
      highWatermark: BigInt(log.length),
    });
  }

  #setPaused(partitions: readonly TopicPartition[], paused: boolean): void {
    for (const { topic, partition } of partitions) {
      const position = this.#positions.find((other) => other.topic === topic && other.partition === partition);
      if (position !== undefined) position.paused = paused;
    }
  }
}
