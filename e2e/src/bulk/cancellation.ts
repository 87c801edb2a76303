import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../client/api-client.ts';
import type { FanSession } from '../client/fan-session.ts';

/** How far the ending of a cancelled show has come, as its operator sees it. */
export interface Progress {
  finished: boolean;
  live: { held: number; pending: number; confirmed: number };
  refunds: { requested: number; done: number };
}

// Each look counts all reservations of the show.
const POLL_MS = 1_000;

/** Cancels a show; answers how long that call took, in milliseconds. */
export async function cancelShow(api: ApiClient, admin: FanSession, scheduleId: number): Promise<number> {
  const path = `/v1/admin/schedules/${scheduleId}/cancellation`;
  const began = performance.now();
  const answer = await api.insist('cancel show', {
    method: 'POST',
    path,
    token: admin.token,
    body: { reason: 'The singer is ill' },
  });
  if (answer.status !== 202) throw new Error(`cancelling: ${answer.status} ${JSON.stringify(answer.body)}`);
  return performance.now() - began;
}

/** Looks again and again until everything is over, or `limitMs` have passed; `onProgress` sees each look. */
export async function untilFinished(
  { api, admin, scheduleId, limitMs }: { api: ApiClient; admin: FanSession; scheduleId: number; limitMs: number },
  onProgress: (progress: Progress) => void,
): Promise<Progress> {
  const path = `/v1/admin/schedules/${scheduleId}/cancellation`;
  for (const giveUpAt = performance.now() + limitMs; ; ) {
    const { status, body } = await api.insist<Progress>('progress', { method: 'GET', path, token: admin.token });
    if (status === 200) onProgress(body);
    if (status === 200 && body.finished) return body;
    if (performance.now() > giveUpAt) throw new Error(`not finished after ${limitMs} ms: ${JSON.stringify(body)}`);
    await sleep(POLL_MS);
  }
}
