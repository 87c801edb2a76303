import { once } from 'node:events';
import { Redis } from 'ioredis';
import { RedisWaitingLine } from '../../../apps/queue-gateway/src/outbound/redis/redis-waiting-line.ts';
import type { System } from '../system/system.ts';

const PER_ROUND = 2_000;
const PREFIX = 'queue:';

/**
 * Puts this many fans into a room's line, by the gateway's own scripts: numbers are taken in MySQL first, as the gateway
 * takes them, then each fan joins. Only HTTP and tokens are left out.
 */
export async function fillWaitingRoom(system: System, scheduleId: number, count: number): Promise<void> {
  if (count === 0) return;
  const database = await system.database('queue');
  await database.query('UPDATE rooms SET sequence_high = sequence_high + ? WHERE schedule_id = ?', [count, scheduleId]);
  const [room] = (await database.query('SELECT sequence_high AS high FROM rooms WHERE schedule_id = ?', [
    scheduleId,
  ])) as {
    high: number;
  }[];
  const high = Number(room?.high);
  await withLine(system, async (line) => {
    await line.giveNumbers(scheduleId, { low: high - count, high });
    for (let from = 0; from < count; from += PER_ROUND) {
      const joins = Array.from({ length: Math.min(PER_ROUND, count - from) }, (_, index) =>
        line.join(scheduleId, `waiting-${from + index}`),
      );
      const refused = (await Promise.all(joins)).find(({ kind }) => kind !== 'WAITING');
      if (refused !== undefined) throw new Error(`the waiting room was not filled: ${refused.kind}`);
    }
  });
}

/** How many wait or are inside. */
export function fansIn(system: System, scheduleId: number): Promise<number> {
  return withLine(system, async (line) => {
    const [counts, remaining] = await Promise.all([line.counts(scheduleId), line.remains(scheduleId)]);
    return (remaining ?? 0) + (counts?.inside ?? 0);
  });
}

async function withLine<T>(system: System, work: (line: RedisWaitingLine) => Promise<T>): Promise<T> {
  const redis = new Redis(system.stack.admin.redisUrl, { enableAutoPipelining: true });
  try {
    await once(redis, 'ready');
    return await work(new RedisWaitingLine(redis, PREFIX));
  } finally {
    redis.disconnect();
  }
}
