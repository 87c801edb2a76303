import { type SqlTransaction, values } from '@stagedoor/platform';
import type { DeadLetterStore } from '../../application/ports.ts';
import type { DeadLetter, DeadLetterAction } from '../../domain/dead-letter.ts';

interface DeadLetterRow {
  id: string;
  topic: string;
  partition_id: number;
  record_offset: number | bigint;
  group_id: string;
  record_key: Buffer | null;
  value: Buffer | null;
  headers: string;
  error_code: string;
  error_message: string;
  attempts: number;
  status: DeadLetter['status'];
  replay_count: number;
  failed_at: Date;
}

const COLUMNS =
  'id, topic, partition_id, record_offset, group_id, record_key, value, headers, error_code, error_message, attempts, ' +
  'status, replay_count, failed_at';

// MariaDB takes 16 MiB by default; bytes that have to be escaped are written as two.
const MAX_STATEMENT_BYTES = 6_000_000;

/** Dead letters, in the tables `dead_letters` and `dead_letter_actions`. */
export class MysqlDeadLetters implements DeadLetterStore {
  readonly #sql: SqlTransaction;

  constructor(sql: SqlTransaction) {
    this.#sql = sql;
  }

  async add(letters: readonly DeadLetter[], now: Date): Promise<number> {
    let added = 0;
    for (const together of ofBoundedSize(letters)) added += await this.#insert(together, now);
    return added;
  }

  async lock(id: string): Promise<DeadLetter | null> {
    const [row] = await this.#sql.query<DeadLetterRow>(`SELECT ${COLUMNS} FROM dead_letters WHERE id = ? FOR UPDATE`, [
      id,
    ]);
    return row === undefined ? null : letterOf(row);
  }

  async resolve(action: DeadLetterAction): Promise<void> {
    const affected = await this.#sql.execute(`UPDATE dead_letters SET status = ? WHERE id = ? AND status = 'NEW'`, [
      action.action,
      action.deadLetterId,
    ]);
    if (affected !== 1) throw new Error(`dead letter ${action.deadLetterId} was not new`);
    await this.#sql.execute(
      `INSERT INTO dead_letter_actions (id, dead_letter_id, action, actor, reason, value, at) VALUES ${values(1, 7)}`,
      [action.id, action.deadLetterId, action.action, action.actor, action.reason, action.value, action.at],
    );
  }

  async #insert(letters: readonly DeadLetter[], now: Date): Promise<number> {
    // What is known already is left as it is, also what became of it. No other key can be violated: ids are new.
    return this.#sql.execute(
      `INSERT IGNORE INTO dead_letters (${COLUMNS}, stored_at) VALUES ${values(letters.length, 15)}`,
      letters.flatMap((letter) => [
        letter.id,
        letter.topic,
        letter.partition,
        letter.offset,
        letter.group,
        letter.key,
        letter.value,
        JSON.stringify(letter.headers),
        letter.error.code,
        letter.error.message,
        letter.attempts,
        letter.status,
        letter.replayCount,
        letter.failedAt,
        now,
      ]),
    );
  }
}

/** In their order, cut where a statement would become too long for a server with default settings. */
function ofBoundedSize(letters: readonly DeadLetter[]): DeadLetter[][] {
  const parts: DeadLetter[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const letter of letters) {
    bytes += (letter.value?.length ?? 0) + (letter.key?.length ?? 0);
    if (bytes > MAX_STATEMENT_BYTES) {
      parts.push([]);
      bytes = (letter.value?.length ?? 0) + (letter.key?.length ?? 0);
    }
    parts.at(-1)?.push(letter);
  }
  return parts;
}

const letterOf = (row: DeadLetterRow): DeadLetter => ({
  id: row.id,
  topic: row.topic,
  partition: row.partition_id,
  offset: BigInt(row.record_offset),
  group: row.group_id,
  key: row.record_key,
  value: row.value,
  headers: JSON.parse(row.headers) as DeadLetter['headers'],
  error: { code: row.error_code, message: row.error_message },
  attempts: row.attempts,
  status: row.status,
  replayCount: row.replay_count,
  failedAt: row.failed_at,
});
