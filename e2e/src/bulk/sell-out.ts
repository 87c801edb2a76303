import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../client/api-client.ts';
import { FanSession } from '../client/fan-session.ts';

/** What one fan may hold of a show (HOLD_LIMIT). */
const SEATS_PER_FAN = 4;
const WON_PER_FAN = 1_000_000;
const FANS_AT_ONCE = 64;
const OUTCOME_WAIT_MS = 120_000;
const ROOM_WAIT_MS = 30_000;

/** Who bought which seats, and with how much money they came. */
export interface Buyer {
  fan: FanSession;
  reservationIds: string[];
  toppedUp: number;
}

/** Lets everybody in who comes: the waiting room is no part of this. */
export async function openDoors(api: ApiClient, admin: FanSession, scheduleId: number): Promise<void> {
  const path = `/v1/admin/waiting-rooms/${scheduleId}`;
  const answer = await api.insist('room', { method: 'PUT', path, token: admin.token, body: { mode: 'open' } });
  if (answer.status !== 200) throw new Error(`the waiting room was not opened: ${answer.status}`);
}

/** A fan with money who has been let in to this show. */
export async function aBuyer(
  api: ApiClient,
  userId: string,
  scheduleId: number,
): Promise<{ fan: FanSession; admission: string }> {
  const fan = await FanSession.open(api, userId);
  return { fan, admission: await fundedAndAdmitted(fan, scheduleId) };
}

/** Gives a fan money and has them let in to a show; the admission token. */
export async function fundedAndAdmitted(fan: FanSession, scheduleId: number): Promise<string> {
  const [toppedUp, joined] = await Promise.all([fan.topUp(WON_PER_FAN), fan.join(scheduleId)]);
  if (toppedUp.status !== 201) throw new Error(`top-up: ${toppedUp.status} ${JSON.stringify(toppedUp.body)}`);
  let place = joined;
  for (const until = performance.now() + ROOM_WAIT_MS; place.body.admissionToken === undefined; ) {
    if (performance.now() > until) throw new Error(`${fan.userId} was not let in: ${JSON.stringify(place.body)}`);
    await sleep(100);
    place = await fan.place(scheduleId);
  }
  return place.body.admissionToken;
}

/** How far fans go with their seats. */
export type Until = 'held' | 'paid' | 'confirmed';

/** Seats from..to of a show, four to a fan, through the HTTP interface; `sold` is called after each fan. */
export async function sellSeats(
  { api, scheduleId, from, to, until }: { api: ApiClient; scheduleId: number; from: number; to: number; until: Until },
  sold: (seats: number) => void = () => {},
): Promise<Buyer[]> {
  const buyers: Buyer[] = [];
  let next = from;
  const sell = async (): Promise<void> => {
    while (next <= to) {
      const first = next;
      next += SEATS_PER_FAN;
      const seats = Array.from({ length: Math.min(SEATS_PER_FAN, to - first + 1) }, (_, index) => first + index);
      const { fan, admission } = await aBuyer(api, `bulk-${scheduleId}-${first}`, scheduleId);
      const reservationIds = await Promise.all(seats.map((seat) => buy(fan, scheduleId, seat, admission, until)));
      buyers.push({ fan, reservationIds, toppedUp: WON_PER_FAN });
      sold(seats.length);
    }
  };
  await Promise.all(Array.from({ length: FANS_AT_ONCE }, sell));
  return buyers;
}

/** Holds a seat and goes as far with it as is asked; the reservation's id. */
export async function buy(
  fan: FanSession,
  scheduleId: number,
  seat: number,
  admission: string,
  until: Until,
): Promise<string> {
  const held = await fan.hold(scheduleId, seat, admission);
  if (held.status !== 201) throw new Error(`hold of seat ${seat}: ${held.status} ${JSON.stringify(held.body)}`);
  const { id } = held.body;
  if (until === 'held') return id;
  const paid = await fan.pay(id, randomUUID());
  if (paid.status !== 202) throw new Error(`payment of seat ${seat}: ${paid.status} ${JSON.stringify(paid.body)}`);
  if (until === 'confirmed') await confirmed(fan, id);
  return id;
}

/** Polls as a fan does until the payment is decided. */
export async function confirmed(fan: FanSession, id: string, everyMs = 250): Promise<void> {
  for (const giveUpAt = performance.now() + OUTCOME_WAIT_MS; ; ) {
    const { status, body } = await fan.reservation(id);
    if (status === 200 && body.status === 'CONFIRMED') return;
    if (status !== 200 || body.status !== 'PAYMENT_PENDING' || performance.now() > giveUpAt) {
      throw new Error(`reservation ${id}: ${status} ${JSON.stringify(body)}`);
    }
    await sleep(everyMs);
  }
}
