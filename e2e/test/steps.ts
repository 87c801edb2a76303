import { randomUUID } from 'node:crypto';
import { eventually } from '@stagedoor/testkit';
import { expect } from 'vitest';
import type { QueuePlace, Reservation } from '../src/client/answers.ts';
import type { ApiClient } from '../src/client/api-client.ts';
import { FanSession } from '../src/client/fan-session.ts';
import { openConcert } from '../src/crowd/opening.ts';

const PATIENCE_MS = 60_000;

/** A new fan, with this much in the wallet. */
export async function newFan(api: ApiClient, won: number): Promise<FanSession> {
  const fan = await FanSession.open(api, `fan-${randomUUID()}`);
  if (won > 0) expect((await fan.topUp(won)).status).toBe(201);
  return fan;
}

/** Joins the waiting room and waits to be let in; the admission token. */
export async function admitted(fan: FanSession, scheduleId: number): Promise<string> {
  let place: QueuePlace = (await fan.join(scheduleId)).body;
  await eventually(async () => {
    place = (await fan.place(scheduleId)).body;
    expect(place.state).toBe('ADMITTED');
  }, PATIENCE_MS);
  return place.admissionToken as string;
}

/** Waits until a reservation has this status; gives it whole. */
export async function reaches(fan: FanSession, id: string, status: string, forMs = PATIENCE_MS): Promise<Reservation> {
  let reservation: Reservation | undefined;
  await eventually(async () => {
    const answer = await fan.reservation(id);
    expect(answer.body.status).toBe(status);
    reservation = answer.body;
  }, forMs);
  return reservation as Reservation;
}

/** Waits until a reservation's refund has come. */
export async function refunded(fan: FanSession, id: string): Promise<void> {
  await eventually(async () => expect((await fan.reservation(id)).body.refund).toBe('DONE'), PATIENCE_MS);
}

/** Holds a seat and asks for its payment; the reservation as it was held. */
export async function payFor(
  fan: FanSession,
  scheduleId: number,
  seat: number,
  admission: string,
): Promise<Reservation> {
  const held = await fan.hold(scheduleId, seat, admission);
  expect(held.status, JSON.stringify(held.body)).toBe(201);
  expect((await fan.pay(held.body.id, randomUUID())).status).toBe(202);
  return held.body;
}

/** Ten fans with the price of a seat, let in to a concert of their own, each with a seat in mind. */
export async function admittedFans(api: ApiClient) {
  const { scheduleId } = await openConcert(api, 50, 'Ten fans');
  const fans = await Promise.all(Array.from({ length: 10 }, () => newFan(api, 150_000)));
  const admissions = await Promise.all(fans.map((fan) => admitted(fan, scheduleId)));
  return {
    scheduleId,
    visitors: fans.map((fan, index) => ({ fan, admission: admissions[index] as string, seat: index + 1 })),
  };
}
