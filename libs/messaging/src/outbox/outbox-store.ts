import type { OutboundMessage } from '@stagedoor/contracts';

/** One transaction's messages. */
export interface OutboxRow {
  id: bigint;
  messages: OutboundMessage[];
  /** Since the row was written, by the store's own clock. */
  ageMs: number;
}

/** The committed rows of an outbox. */
export interface OutboxStore {
  /** The oldest rows of a shard, in the order of their ids. */
  read(shard: number, limit: number): Promise<OutboxRow[]>;
  remove(ids: readonly bigint[]): Promise<void>;
}

/** What is needed of a connection pool: platform's `Database.pool` is one. */
export interface QueryPool {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

/** The table `outbox` of an app's own schema. */
export class MysqlOutboxStore implements OutboxStore {
  constructor(pool: QueryPool) {
    void pool;
  }

  async read(shard: number, limit: number): Promise<OutboxRow[]> {
    void shard;
    void limit;
    return [];
  }

  async remove(ids: readonly bigint[]): Promise<void> {
    void ids;
  }
}
