import type { Databases } from '../database.ts';
import type { Pass } from './pass.ts';

/** Waiting rooms against the catalogue: a schedule that is lost had an id, and the next schedule would get it again. */
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
      return keys
        .filter((key) => !ids.has(key))
        .map((subject) => ({
          kind: 'SCHEDULE_LOST' as const,
          subject,
          detail: `the waiting room of schedule ${subject} has no schedule`,
          remedy: {
            by: 'hand' as const,
            how: `before anything is published: ALTER TABLE schedules AUTO_INCREMENT = ${Number(subject) + 1} or more`,
          },
        }));
    },
  };
}
