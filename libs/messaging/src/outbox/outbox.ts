import type { OutboundMessage } from '@stagedoor/contracts';
import type { SqlTransaction } from '@stagedoor/platform';

/** Messages that leave if, and only if, the transaction commits. Add once per transaction: each call writes a row. */
export interface Outbox {
  /** @throws PermanentError MESSAGE_TOO_LARGE for a message that no broker would take */
  add(messages: readonly OutboundMessage[]): Promise<void>;
}

/** How a MysqlOutbox is set up. */
export interface MysqlOutboxOptions {
  /** Relays that share the table, each sending one shard; a message's key decides its shard. Default 1. */
  shards?: number;
}

/** The outbox of one MySQL transaction: one row per shard, holding the messages as one JSON array (design §4). */
export class MysqlOutbox implements Outbox {
  constructor(sql: SqlTransaction, onAdded: () => void, options: MysqlOutboxOptions = {}) {
    void sql;
    void onAdded;
    void options;
  }

  async add(messages: readonly OutboundMessage[]): Promise<void> {
    void messages;
  }
}
