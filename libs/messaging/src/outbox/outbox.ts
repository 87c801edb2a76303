import type { OutboundMessage } from '@stagedoor/contracts';
import type { SqlTransaction } from '@stagedoor/platform';
import { withTraceparents } from '../message-spans.ts';
import { placeOfKey } from '../murmur2.ts';
import { refuseTooLarge } from '../producer/message-size.ts';

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

// A relay holds some hundred rows at once: a mass refund's thousands of messages must not be one of them.
const MAX_ROW_CHARACTERS = 250_000;

/** The outbox of one MySQL transaction: one row per shard, holding the messages as one JSON array (design §4). */
export class MysqlOutbox implements Outbox {
  readonly #sql: SqlTransaction;
  readonly #onAdded: () => void;
  readonly #shards: number;

  /** @param onAdded called after the commit: nudge the relay there */
  constructor(sql: SqlTransaction, onAdded: () => void, options: MysqlOutboxOptions = {}) {
    this.#sql = sql;
    this.#onAdded = onAdded;
    this.#shards = options.shards ?? 1;
  }

  async add(messages: readonly OutboundMessage[]): Promise<void> {
    if (messages.length === 0) return;
    // Here, where the transaction can still fail with it: a row that can never be sent would hold up all that follow.
    for (const message of messages) refuseTooLarge(message);
    const rows = rowsOf(withTraceparents(messages), this.#shards);
    await this.#sql.execute(
      `INSERT INTO outbox (shard, messages, created_at) VALUES ${rows.map(() => '(?, ?, UTC_TIMESTAMP(3))').join(', ')}`,
      rows.flatMap(({ shard, json }) => [shard, json]),
    );
    this.#sql.afterCommit(this.#onAdded);
  }
}

interface NewRow {
  shard: number;
  json: string;
}

/** Messages of one shard stay together and in order; only what is too much for one row goes on in the next. */
function rowsOf(messages: readonly OutboundMessage[], shards: number): NewRow[] {
  const byShard =
    shards === 1 ? new Map([[0, messages]]) : Map.groupBy(messages, (message) => placeOfKey(message.key, shards));
  return [...byShard].flatMap(([shard, ofShard]) => packed(ofShard).map((json) => ({ shard, json })));
}

function packed(messages: readonly OutboundMessage[]): string[] {
  const rows: string[] = [];
  let row: string[] = [];
  let characters = 0;
  for (const message of messages) {
    const json = JSON.stringify(message);
    if (row.length > 0 && characters + json.length > MAX_ROW_CHARACTERS) {
      rows.push(`[${row.join(',')}]`);
      row = [];
      characters = 0;
    }
    row.push(json);
    characters += json.length;
  }
  rows.push(`[${row.join(',')}]`);
  return rows;
}
