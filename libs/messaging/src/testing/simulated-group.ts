import type { PartitionOffset, TopicPartition } from '../ports.ts';
import type { SimulatedBroker } from './simulated-broker.ts';

/** A member as its group sees it. */
export interface GroupMember {
  readonly topics: readonly string[];
  /** The assignment is about to end. */
  lose(): void;
  assign(partitions: TopicPartition[], generation: number): void;
}

/** A consumer group: its members, who has which partition, and what is committed. Rebalances are eager, as kafkajs' are. */
export class SimulatedGroup {
  generation = 0;
  readonly #broker: SimulatedBroker;
  readonly #name: string;
  readonly #members = new Set<GroupMember>();
  readonly #committed = new Map<string, bigint>();
  #rebalancing: Promise<void> | undefined;

  constructor(broker: SimulatedBroker, name: string) {
    this.#broker = broker;
    this.#name = name;
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: GroupMember): boolean {
    return this.#members.has(member);
  }

  join(member: GroupMember): void {
    this.#members.add(member);
    this.rebalance();
  }

  leave(member: GroupMember): void {
    if (this.#members.delete(member)) this.rebalance();
  }

  /** Everybody loses everything, and a moment later gets a new share. */
  rebalance(): void {
    for (const member of this.#members) member.lose();
    this.#rebalancing ??= this.#share();
  }

  async #share(): Promise<void> {
    await this.#broker.clock.sleep(this.#broker.rebalanceMs);
    this.#rebalancing = undefined;
    this.generation++;
    const members = [...this.#members];
    const shares = new Map(members.map((member) => [member, [] as TopicPartition[]]));
    const topics = new Set(members.flatMap((member) => member.topics));
    for (const topic of topics) {
      const takers = members.filter((member) => member.topics.includes(topic));
      this.#broker.partitionsOf(topic).forEach((_, partition) => {
        const taker = takers[(partition + this.generation) % takers.length];
        if (taker !== undefined) shares.get(taker)?.push({ topic, partition });
      });
    }
    for (const [member, share] of shares) member.assign(share, this.generation);
  }

  commit(offsets: readonly PartitionOffset[], generation: number): void {
    if (generation !== this.generation) throw new Error(`generation ${generation} is over`);
    for (const offset of offsets) {
      this.#committed.set(`${offset.topic}/${offset.partition}`, offset.offset);
      this.#broker.onCommit?.(this.#name, offset);
    }
  }

  committedOffset(topic: string, partition: number): bigint | undefined {
    return this.#committed.get(`${topic}/${partition}`);
  }

  committed(topic: string): Map<number, bigint> {
    const offsets = new Map<number, bigint>();
    this.#broker.partitionsOf(topic).forEach((_, partition) => {
      const offset = this.committedOffset(topic, partition);
      if (offset !== undefined) offsets.set(partition, offset);
    });
    return offsets;
  }
}
