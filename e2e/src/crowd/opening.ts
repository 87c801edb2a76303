import { setTimeout as sleep } from 'node:timers/promises';
import type { Concert } from '../client/answers.ts';
import type { ApiClient } from '../client/api-client.ts';
import { FanSession } from '../client/fan-session.ts';

const DAY_MS = 86_400_000;
const SEATS_PER_ROW = 25;
const ROOM_WAIT_MS = 60_000;
/** So many answers in a row: each replica has given some of them. */
const KNOWN_TIMES = 8;

/** Creates a concert of one schedule with this many seats, on sale now, and waits until its waiting room lets fans join. */
export async function openConcert(
  api: ApiClient,
  seats: number,
  title: string,
): Promise<{ concert: Concert; scheduleId: number }> {
  const admin = await FanSession.open(api, 'box-office', ['admin']);
  const now = Date.now();
  const rows = Math.floor(seats / SEATS_PER_ROW);
  const rest = seats - rows * SEATS_PER_ROW;
  const sections = [
    ...(rows > 0 ? [{ name: 'Floor', grade: 'R', price: 150_000, rows, rowLength: SEATS_PER_ROW }] : []),
    ...(rest > 0 ? [{ name: 'Balcony', grade: 'S', price: 90_000, rows: 1, rowLength: rest }] : []),
  ];
  const answer = await api.call<Concert>('create concert', {
    method: 'POST',
    path: '/v1/admin/concerts',
    token: admin.token,
    body: {
      title,
      venue: 'Stagedoor Arena',
      schedules: [
        { startsAt: new Date(now + 30 * DAY_MS).toISOString(), opensAt: new Date(now - 1_000).toISOString(), sections },
      ],
    },
  });
  const scheduleId = answer.status === 201 ? answer.body.schedules[0]?.id : undefined;
  if (scheduleId === undefined)
    throw new Error(`the concert was not created: ${answer.status} ${JSON.stringify(answer.body)}`);

  // One replica learns of the room from an event, the others when they look at what is new: a moment after the concert exists.
  const until = now + ROOM_WAIT_MS;
  for (let known = 0; known < KNOWN_TIMES; ) {
    const room = await api.call('room', {
      method: 'GET',
      path: `/v1/admin/waiting-rooms/${scheduleId}`,
      token: admin.token,
    });
    if (room.status === 200) {
      known += 1;
      continue;
    }
    known = 0;
    if (Date.now() > until)
      throw new Error(`schedule ${scheduleId} has no waiting room after ${ROOM_WAIT_MS / 1000} s`);
    await sleep(100);
  }
  return { concert: answer.body, scheduleId };
}
