import type { OutboundMessage } from '@stagedoor/contracts';
import { inList } from '@stagedoor/platform';

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
  /** How many rows there are at most, all shards together; must be cheap however many there are. */
  atMost(): Promise<number>;
}

/** What is needed of a connection pool: platform's `Database.pool` is one. Its sessions must be READ COMMITTED. */
export interface QueryPool {
  query(sql: string, values?: unknown[]): Promise<unknown>;
}

interface StoredRow {
  id: bigint | number;
  messages: string;
  age_ms: bigint | number;
}

/** The table `outbox` of an app's own schema. */
export class MysqlOutboxStore implements OutboxStore {
  readonly #pool: QueryPool;

  constructor(pool: QueryPool) {
    this.#pool = pool;
  }

  /**
   * Never by `id > last`: ids are given out before the commit, so a row can appear behind one that was already read.
   * (Two such rows never hold the same key: the later transaction waited for the earlier one's row lock.)
   */
  async read(shard: number, limit: number): Promise<OutboxRow[]> {
    const rows = (await this.#pool.query(
      `SELECT id, messages, TIMESTAMPDIFF(MICROSECOND, created_at, UTC_TIMESTAMP(3)) DIV 1000 AS age_ms
       FROM outbox WHERE shard = ? ORDER BY id LIMIT ?`,
      [shard, limit],
    )) as StoredRow[];
    return rows.map((row) => ({
      id: BigInt(row.id),
      messages: JSON.parse(row.messages) as OutboundMessage[],
      ageMs: Number(row.age_ms),
    }));
  }

  async remove(ids: readonly bigint[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#pool.query(`DELETE FROM outbox WHERE id IN (${inList(ids.length)})`, [...ids]);
  }

  /** From the first and the last id, two look-ups in the index; COUNT would read every row. */
  async atMost(): Promise<number> {
    const [row] = (await this.#pool.query('SELECT MAX(id) - MIN(id) + 1 AS span FROM outbox')) as {
      span: unknown;
    }[];
    return Number(row?.span ?? 0);
  }
}
