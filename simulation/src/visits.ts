import { Problem } from '@stagedoor/platform';
import type { PlaceAnswer } from '../../apps/queue-gateway/src/application/place-answers.ts';
import { ask } from './ask.ts';
import type { Broken } from './checks/broken.ts';
import type { Replica } from './replica.ts';
import type { Scheduler } from './scheduler.ts';
import type { QueueDatabase, QueueGateway } from './services/queue-gateway.ts';

const MAX_PATIENCE_MS = 60_000;

/** The waiting rooms, as fans meet them. */
export interface WaitingRooms {
  replicas: readonly Replica<QueueGateway>[];
  database: QueueDatabase;
  /** Up to which sequence number each fan may have given up, by schedule and fan. */
  givenUp: Map<string, number>;
  /** Who has which place, by schedule and sequence number, as fans were told. */
  places: Map<string, string>;
  report(broken: Broken[]): void;
}

type Fan = { scheduleId: number; userId: string };
/** A place, or that there is none, or none any more. */
type Answer = PlaceAnswer | 'NOT_IN_QUEUE' | 'QUEUE_CLOSED';

/** Joins, waits and is admitted; false when the room is closed, or the fan has had enough. */
export async function visit(
  fan: Fan,
  rooms: WaitingRooms,
  scheduler: Scheduler,
  waits: () => boolean,
): Promise<boolean> {
  const untilMs = scheduler.nowMs + MAX_PATIENCE_MS;
  const { userId } = fan;
  let ticket: string | undefined;
  const request = (what: string, shown: string | undefined, place: (gateway: QueueGateway) => Promise<PlaceAnswer>) =>
    ask<QueueGateway, Answer>(userId, what, { scheduler, replicas: rooms.replicas }, (gateway) =>
      place(gateway).catch((error: unknown) => {
        if (error instanceof Problem && isFinal(error.code)) return error.code;
        throw error;
      }),
    ).then((answer) => {
      if (typeof answer === 'object') notePlace(fan, answer, shown, rooms);
      return answer;
    });
  const join = (shown?: string) =>
    request('joins', shown, async ({ places }) => (await places.join(fan, shown)).answer);
  while (waits() && scheduler.nowMs < untilMs) {
    if (scheduler.chance(0.1)) void join(ticket);
    const shown = ticket;
    const again = shown === undefined || scheduler.chance(0.2);
    const answer = again ? await join(shown) : await request('asks', shown, ({ places }) => places.find(fan, shown));
    if (answer === 'QUEUE_CLOSED') return false;
    if (answer === 'NOT_IN_QUEUE') {
      if (shown !== undefined && !isUsedUp(fan, sequenceIn(shown), rooms)) {
        rooms.report([{ invariant: 'places', detail: `${userId} showed ${shown}, and has no place` }]);
      }
      ticket = undefined;
      continue;
    }
    if (answer?.state === 'ADMITTED') {
      noteAdmission(fan, answer, rooms);
      return true;
    }
    if (answer !== undefined) ticket = answer.ticket;
    if (scheduler.chance(0.03)) {
      await leave(fan, rooms, scheduler);
      return false;
    }
    await scheduler.sleep(answer?.pollAfterMs ?? 500);
  }
  return false;
}

/** Gives up the place, or the slot. */
export async function leave(fan: Fan, rooms: WaitingRooms, scheduler: Scheduler): Promise<void> {
  const { replicas, givenUp, places } = rooms;
  const { scheduleId, userId } = fan;
  const key = `${scheduleId} ${userId}`;
  givenUp.set(key, Number.POSITIVE_INFINITY);
  const answer = await ask(userId, 'leaves', { scheduler, replicas }, async ({ endings }) => {
    await endings.leave(fan).catch((error: unknown) => {
      if (!(error instanceof Problem && isFinal(error.code))) throw error;
    });
    return true;
  });
  // Of what nobody answered nobody knows when it is done.
  if (answer === undefined) return;
  const mine = [...places].filter(([place, owner]) => owner === userId && place.startsWith(`${scheduleId} `));
  givenUp.set(key, Math.max(0, ...mine.map(([place]) => Number(place.split(' ')[1]))));
}

const isFinal = (code: string): code is 'NOT_IN_QUEUE' | 'QUEUE_CLOSED' =>
  code === 'NOT_IN_QUEUE' || code === 'QUEUE_CLOSED';

const sequenceIn = (ticket: string): number => Number(ticket.split(' ')[1]);

/** A number is one fan's for ever, and who shows a ticket never gets a place behind it. */
function notePlace(fan: Fan, { state, ticket }: PlaceAnswer, shown: string | undefined, rooms: WaitingRooms): void {
  const { scheduleId, userId } = fan;
  const place = `${scheduleId} ${sequenceIn(ticket)}`;
  const owner = rooms.places.get(place) ?? userId;
  if (owner !== userId) rooms.report([{ invariant: 'places', detail: `${place} is of ${owner} and of ${userId}` }]);
  rooms.places.set(place, userId);
  if (shown === undefined || state === 'ADMITTED' || sequenceIn(ticket) <= sequenceIn(shown)) return;
  if (isUsedUp(fan, sequenceIn(shown), rooms)) return;
  rooms.report([{ invariant: 'places', detail: `${userId} showed ${shown} and was given ${ticket}` }]);
}

/** It admitted, or was given up: the next place is a new one, at the end. */
function isUsedUp({ scheduleId, userId }: Fan, sequence: number, { database, givenUp }: WaitingRooms): boolean {
  if ((givenUp.get(`${scheduleId} ${userId}`) ?? 0) >= sequence) return true;
  const { admissions, departures } = database.tables;
  const mine = [...admissions.values()].filter((one) => one.scheduleId === scheduleId && one.userId === userId);
  const departed = departures.get(`${scheduleId}:${userId}`)?.sequence ?? 0;
  return Math.max(departed, ...mine.map((one) => one.sequence)) >= sequence;
}

/** Nobody has a token of an admission that is not recorded. */
function noteAdmission({ scheduleId, userId }: Fan, { admissionToken }: PlaceAnswer, rooms: WaitingRooms): void {
  const admission = rooms.database.tables.admissions.get(admissionToken ?? '');
  if (admission?.userId === userId && admission.scheduleId === scheduleId) return;
  rooms.report([{ invariant: 'admissions', detail: `${userId} was given ${admissionToken}, which is not recorded` }]);
}
