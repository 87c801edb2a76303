import type { Databases, ReadOnlyDatabase } from '../database.ts';
import type { Pass } from './pass.ts';

/** Waiting rooms against the catalogue: a schedule that is lost had an id, and a later schedule would get it again. */
export function schedulePass({ queue, reservation }: Databases): Pass {
  return {
    name: 'waiting rooms',
    async keys(after, limit) {
      const rows = await queue.query<{ id: number }>(
        'SELECT schedule_id AS id FROM rooms WHERE schedule_id > ? ORDER BY schedule_id LIMIT ?',
        [after ?? 0, limit],
      );
      return rows.map(({ id }) => String(id));
    },
    async examine(keys) {
      const known = await reservation.byKeys<{ id: number }>('SELECT id FROM schedules WHERE id IN (:keys)', keys);
      const ids = new Set(known.map(({ id }) => String(id)));
      const lost = keys.filter((key) => !ids.has(key));
      const next = lost.length === 0 ? 0 : await nextScheduleId(reservation);
      return lost
        .filter((key) => Number(key) >= next)
        .map((subject) => ({
          kind: 'SCHEDULE_LOST' as const,
          subject,
          detail: `its waiting room has no schedule, and the next schedule gets number ${next}`,
          remedy: {
            by: 'hand' as const,
            how: `before anything is published: ALTER TABLE schedules AUTO_INCREMENT = ${Number(subject) + 1} or more`,
          },
        }));
    },
  };
}

/** Read from the table itself: information_schema may be a day behind. */
async function nextScheduleId(reservation: ReadOnlyDatabase): Promise<number> {
  const [row] = await reservation.query<Record<string, string>>('SHOW CREATE TABLE schedules');
  return Number(/AUTO_INCREMENT=(\d+)/.exec(row?.['Create Table'] ?? '')?.[1] ?? 1);
}
