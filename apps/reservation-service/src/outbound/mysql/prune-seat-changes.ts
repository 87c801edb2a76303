import type { Database } from '@stagedoor/platform';

// More than any reader catches up with at once; at some hundred versions per second, some ten seconds.
const KEPT_VERSIONS = 2_000;
const ROWS_PER_STATEMENT = 5_000;

/** Deletes steps of seat maps that are too old for anyone to go on from. Answers how many. */
export async function pruneSeatChanges({ pool }: Database): Promise<number> {
  // Two numbers per schedule, both from the ends of its part of the primary key.
  const kept = await pool.query<{ scheduleId: number; oldest: number | bigint; newest: number | bigint }[]>(
    'SELECT schedule_id AS scheduleId, MIN(version) AS oldest, MAX(version) AS newest FROM seat_changes GROUP BY schedule_id',
  );
  let pruned = 0;
  for (const { scheduleId, oldest, newest } of kept) {
    const upTo = Number(newest) - KEPT_VERSIONS;
    if (Number(oldest) > upTo) continue;
    const { affectedRows } = await pool.query(
      'DELETE FROM seat_changes WHERE schedule_id = ? AND version <= ? ORDER BY version LIMIT ?',
      [scheduleId, upTo, ROWS_PER_STATEMENT],
    );
    pruned += affectedRows;
  }
  return pruned;
}
