import { type Clock, isTransient } from '@stagedoor/platform';
import type { Admin, Kafka } from 'kafkajs';

const MAX_ATTEMPTS = 3;
const ATTEMPT_INTERVAL_MS = 100;

/** Asks the cluster for offsets, over one connection that is made when it is first needed. */
export class OffsetReader {
  readonly #kafka: Kafka;
  readonly #clock: Clock;
  #connected: Promise<Admin> | undefined;

  constructor(kafka: Kafka, clock: Clock) {
    this.#kafka = kafka;
    this.#clock = clock;
  }

  /** Per partition, the offset of the oldest message that is kept. `name` is with prefix. */
  start(name: string): Promise<Map<number, bigint>> {
    return this.#ask(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(name);
      return new Map(offsets.map(({ partition, low }) => [partition, BigInt(low)]));
    });
  }

  /** Per partition, the offset that the topic's next message will get. `name` is with prefix. */
  end(name: string): Promise<Map<number, bigint>> {
    return this.#ask(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(name);
      return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
    });
  }

  /** Per partition, what the group has committed. Both names are with prefix. */
  committed(group: string, name: string): Promise<Map<number, bigint>> {
    return this.#ask(async (admin) => {
      const [topic] = await admin.fetchOffsets({ groupId: group, topics: [name] });
      const committed = new Map<number, bigint>();
      for (const { partition, offset } of topic?.partitions ?? []) {
        // Negative: nothing committed yet, or kafkajs' "from the beginning" after an offset out of range.
        if (!offset.startsWith('-')) committed.set(partition, BigInt(offset));
      }
      return committed;
    });
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.then((admin) => admin.disconnect()).catch(() => {});
  }

  /** A leader that moved or a connection that broke is asked for again; longer troubles are the caller's. */
  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.#connected ??= this.#connect();
      const connected = this.#connected;
      try {
        return await question(await connected);
      } catch (error) {
        // What kafkajs knows may be stale, and its connection does not always come back by itself: a fresh one.
        if (this.#connected === connected) await this.close();
        if (attempt === MAX_ATTEMPTS || !isTransient(error)) throw error;
        await this.#clock.sleep(ATTEMPT_INTERVAL_MS);
      }
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#kafka.admin();
    await admin.connect();
    return admin;
  }
}
