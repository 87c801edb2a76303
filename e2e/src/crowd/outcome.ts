import { setTimeout as sleep } from 'node:timers/promises';
import type { ReservationStatus } from '@stagedoor/contracts';
import type { FanSession } from '../client/fan-session.ts';
import type { FanSocket } from '../client/fan-socket.ts';

const POLL_MS = 500;
const LISTENER_POLL_MS = 5_000;
const MAX_WAIT_MS = 300_000;
const FINAL = new Set<string>(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED', 'CANCELLED']);

/** Waits for what became of a payment: by push where there is a socket, by polling otherwise. Null after five minutes. */
export async function awaitOutcome(
  fan: FanSession,
  socket: FanSocket | null,
  reservationId: string,
): Promise<ReservationStatus | null> {
  const heard = new AbortController();
  let pushed: string | undefined;
  const stopListening = socket?.onPush((push) => {
    if (push.type !== 'reservation.changed' || push.reservationId !== reservationId) return;
    if (push.status === undefined || !FINAL.has(push.status)) return;
    pushed = push.status;
    heard.abort();
  });
  try {
    const until = performance.now() + MAX_WAIT_MS;
    while (performance.now() < until) {
      await sleep(socket?.isOpen === true ? LISTENER_POLL_MS : POLL_MS, undefined, { signal: heard.signal }).catch(
        () => {},
      );
      if (pushed !== undefined) return pushed as ReservationStatus;
      const answer = await fan.reservation(reservationId);
      if (answer.status === 200 && FINAL.has(answer.body.status)) return answer.body.status;
    }
    return null;
  } finally {
    stopListening?.();
  }
}
