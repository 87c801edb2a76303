import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuePlace } from '../client/answers.ts';
import type { FanSession } from '../client/fan-session.ts';
import type { FanSocket } from '../client/fan-socket.ts';
import type { World } from './world.ts';

/** A listener asks only this often, in case a push was lost with its connection. */
const LISTENER_POLL_MS = 10_000;

/**
 * Waits to be let in: by the push where there is a socket, by polling as often as the gateway says otherwise.
 * The admission token, or null when the run is over.
 */
export async function awaitAdmission(
  fan: FanSession,
  socket: FanSocket | null,
  joined: QueuePlace,
  { scheduleId, over, tally }: World,
): Promise<string | null> {
  const heard = new AbortController();
  let token: string | undefined;
  const stopListening = socket?.onPush((push) => {
    if (push.type !== 'queue.admitted' || push.scheduleId !== scheduleId || push.admissionToken === undefined) return;
    token = push.admissionToken;
    heard.abort();
  });
  try {
    let place = joined;
    const wake = AbortSignal.any([heard.signal, over]);
    while (!over.aborted) {
      if (place.admissionToken !== undefined) return place.admissionToken;
      const waitMs = socket?.isOpen === true ? LISTENER_POLL_MS : place.pollAfterMs;
      await sleep(waitMs, undefined, { signal: wake }).catch(() => {});
      if (token !== undefined) {
        tally.count('admitted by push');
        return token;
      }
      if (over.aborted) return null;
      const answer = await fan.place(scheduleId);
      // Whoever is no longer known there shows the ticket again and has the old place back (design §5).
      place = answer.status === 200 ? answer.body : (await fan.join(scheduleId, place.ticket)).body;
    }
    return null;
  } finally {
    stopListening?.();
  }
}
