import { setTimeout as sleep } from 'node:timers/promises';
import { createFanTokenSigner } from '@stagedoor/platform';
import { type BenchKeys, ISSUER } from '../tokens/keys.ts';
import type { System } from './system.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ROW_LENGTH = 100;
const ROOM_WAIT_MS = 30_000;
/** Won, of every seat. */
export const SEAT_PRICE = 100_000;

export interface WaitingRoomSettings {
  mode?: 'queue' | 'open' | 'paused';
  ratePerSecond?: number;
  maxInside?: number;
}

/**
 * Publishes a concert with schedules of this many seats each, all on sale, through the interface, and waits for their
 * waiting rooms. The first concert of a fresh system has the schedules 1, 2, …, so that tokens for them can be kept.
 */
export async function publishConcert(
  { edge }: Pick<System, 'edge'>,
  keys: BenchKeys,
  seatsOfSchedules: readonly number[],
  room: WaitingRoomSettings = {},
): Promise<number[]> {
  const token = createFanTokenSigner(keys.fan, ISSUER)({ userId: 'bench-office', roles: ['admin'], ttlMs: HOUR_MS });
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`http://${edge.host}:${edge.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const now = Date.now();
  const created = await call('POST', '/v1/admin/concerts', {
    title: 'Benchmark',
    venue: 'Stagedoor Arena',
    schedules: seatsOfSchedules.map((seats) => ({
      startsAt: new Date(now + 30 * DAY_MS).toISOString(),
      opensAt: new Date(now - 1_000).toISOString(),
      sections: [
        { name: 'Floor', grade: 'R', price: SEAT_PRICE, rows: Math.ceil(seats / ROW_LENGTH), rowLength: ROW_LENGTH },
      ],
    })),
  });
  if (created.status !== 201) throw new Error(`the concert was not created: ${created.status} ${created.text}`);
  const ids = (JSON.parse(created.text) as { schedules: { id: number }[] }).schedules.map(({ id }) => id);
  for (const id of ids) {
    const path = `/v1/admin/waiting-rooms/${id}`;
    const until = Date.now() + ROOM_WAIT_MS;
    while ((await call('GET', path)).status !== 200) {
      if (Date.now() > until) throw new Error(`schedule ${id} has no waiting room after ${ROOM_WAIT_MS / 1000} s`);
      await sleep(100);
    }
    // Redis is told of a room when somebody first asks for a place in it: nobody measured is to be that one.
    await call('GET', `/v1/schedules/${id}/queue/me`);
    if (Object.keys(room).length > 0) {
      const set = await call('PUT', path, room);
      if (set.status !== 200) throw new Error(`the waiting room was not set: ${set.status} ${set.text}`);
    }
  }
  return ids;
}
