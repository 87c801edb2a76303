import { setTimeout as sleep } from 'node:timers/promises';
import { accessOf, appNames } from '@stagedoor/contracts';
import { patchKafkaJs } from '@stagedoor/messaging';
import { AssignerProtocol, Kafka, logLevel } from 'kafkajs';

// A group whose members are gone a moment ago is not empty yet.
const EMPTY_WITHIN_MS = 30_000;

/** Per consumer group and topic, how far it stands behind the end, all partitions together. */
export type Lag = { group: string; topic: string; messages: number }[];

/** The consumer groups of a system, as an operator handles them. */
export class ConsumerGroups {
  readonly #admin;

  constructor(brokers: string) {
    patchKafkaJs();
    this.#admin = new Kafka({ brokers: brokers.split(','), clientId: 'operator', logLevel: logLevel.NOTHING }).admin();
  }

  connect(): Promise<void> {
    return this.#admin.connect();
  }

  disconnect(): Promise<void> {
    return this.#admin.disconnect();
  }

  /** The end of every partition of every topic, by `topic/partition`. */
  async ends(): Promise<Map<string, bigint>> {
    const topics = (await this.#admin.listTopics()).filter((name) => !name.startsWith('__'));
    const ends = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, high } of await this.#admin.fetchTopicOffsets(topic)) {
        ends.set(`${topic}/${partition}`, BigInt(high));
      }
    }
    return ends;
  }

  /** What the services' groups have not committed yet, of what they read. */
  async lag(): Promise<Lag> {
    const ends = await this.ends();
    const all: Lag = [];
    for (const app of appNames) {
      const { group, reads } = accessOf(app);
      for (const { topic, partitions } of await this.#admin.fetchOffsets({ groupId: group, topics: [...reads] })) {
        const behind = partitions.map(({ partition, offset }) => {
          const committed = BigInt(offset) < 0n ? 0n : BigInt(offset);
          return Number((ends.get(`${topic}/${partition}`) ?? 0n) - committed);
        });
        all.push({ group, topic, messages: behind.reduce((sum, each) => sum + each, 0) });
      }
    }
    return all;
  }

  /** Which partitions of a topic each member of a group has; empty while they are being shared out. */
  async partitionsOf(group: string, topic: string): Promise<number[][]> {
    const { groups } = await this.#admin.describeGroups([group]);
    const members = groups.flatMap(({ state, members }) => (state === 'Stable' ? members : []));
    return members.map(
      ({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic] ?? [],
    );
  }

  /**
   * Sets these groups back to the beginning of each of their topics, by forgetting them: a group of ours that has no offset
   * begins at the first message (`fromBeginning`). No member may run.
   */
  async rewind(groups: readonly string[]): Promise<void> {
    for (const group of groups) await this.#deleteWhenEmpty(group);
  }

  async #deleteWhenEmpty(group: string): Promise<void> {
    const until = Date.now() + EMPTY_WITHIN_MS;
    for (;;) {
      try {
        await this.#admin.deleteGroups([group]);
        return;
      } catch (error) {
        if (Date.now() > until) throw error;
        await sleep(500);
      }
    }
  }
}
