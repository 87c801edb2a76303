import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { ApiClient } from '../src/client/api-client.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { admitted, payFor } from './steps.ts';

/** What one fan may hold of a show (HOLD_LIMIT). */
const SEATS_EACH = 4;

/** A reservation, and whose it is. */
export interface Held {
  fan: FanSession;
  id: string;
}

async function enter(api: ApiClient, scheduleId: number): Promise<{ fan: FanSession; admission: string }> {
  const fan = await FanSession.open(api, `fan-${randomUUID()}`);
  return { fan, admission: await admitted(fan, scheduleId) };
}

/** Seats from 1 on, held by fans who have not paid yet; `seats` is a multiple of 4. */
export async function heldSeats(api: ApiClient, scheduleId: number, seats: number): Promise<Held[]> {
  const fans = Array.from({ length: seats / SEATS_EACH }, async (_, n) => {
    const { fan, admission } = await enter(api, scheduleId);
    const held = [];
    for (let seat = n * SEATS_EACH + 1; seat <= (n + 1) * SEATS_EACH; seat++) {
      const { status, body } = await fan.hold(scheduleId, seat, admission);
      expect(status, JSON.stringify(body)).toBe(201);
      held.push({ fan, id: body.id });
    }
    return held;
  });
  return (await Promise.all(fans)).flat();
}

/** Asks for the payment of all of these at once; each is answered 202. */
export async function payAll(held: readonly Held[]): Promise<void> {
  const answers = await Promise.all(held.map(({ fan, id }) => fan.pay(id, randomUUID())));
  expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
}

/**
 * Fans who come, hold a seat and pay, so many each second, until they are told to stop, or have had so many seats from
 * that one on. Told to, they answer with their reservations; each hold was answered 201, each payment 202.
 */
export function payingFans(
  api: ApiClient,
  scheduleId: number,
  { from, most, perSecond }: { from: number; most: number; perSecond: number },
): () => Promise<string[]> {
  const over = new AbortController();
  const visits: Promise<string>[] = [];
  const coming = (async () => {
    while (!over.signal.aborted && visits.length < most) {
      const seat = from + visits.length;
      const visit = enter(api, scheduleId).then(
        async ({ fan, admission }) => (await payFor(fan, scheduleId, seat, admission)).id,
      );
      visit.catch(() => {});
      visits.push(visit);
      await sleep(1_000 / perSecond);
    }
  })();
  return async () => {
    over.abort();
    await coming;
    return Promise.all(visits);
  };
}
