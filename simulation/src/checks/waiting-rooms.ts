import { decode, topics } from '@stagedoor/contracts';
import type { Admission } from '../../../apps/queue-gateway/src/domain/admission.ts';
import { phaseOf } from '../../../apps/queue-gateway/src/domain/room.ts';
import type { World } from '../world.ts';
import type { Broken } from './broken.ts';

// As in waiting-line.ts and its Lua twin: so much of a second may be let in at once.
const BURST_MS = 500;

/**
 * After each commit: nobody is let in beyond rate and cap, by Redis's clock. When everything was forgotten the rate begins
 * anew, and those who were being called at that moment are over the cap until they are known again.
 */
export function checkAdmissions({ databases, redis, terms }: World): Broken[] {
  const admissions = [...databases.queue.tables.admissions.values()];
  return [...Map.groupBy(admissions, ({ scheduleId }) => scheduleId)].flatMap(([scheduleId, ofRoom]) => {
    const broken: Broken[] = [];
    if (exceedsRate(ofRoom, terms.ratePerSecond, redis.losses)) {
      broken.push({ invariant: 'rate', detail: `more than ${terms.ratePerSecond}/s were let into ${scheduleId}` });
    }
    const inside = ofRoom.filter(
      ({ id, endedAt, endsAt }) => endedAt === null && endsAt.getTime() > redis.nowMs && !redis.forgottenCalls.has(id),
    );
    if (inside.length > terms.maxInside) {
      broken.push({
        invariant: 'cap',
        detail: `${inside.length} are inside ${scheduleId}, more than ${terms.maxInside}`,
      });
    }
    return broken;
  });
}

function exceedsRate(admissions: readonly Admission[], ratePerSecond: number, losses: readonly number[]): boolean {
  const most = Math.max(1, (ratePerSecond * BURST_MS) / 1_000);
  const moments = admissions.map(({ admittedAt }) => admittedAt.getTime()).sort((a, b) => a - b);
  let level = 0;
  let lastMs = 0;
  for (const atMs of moments) {
    const isNewCount = losses.some((lossMs) => lossMs > lastMs && lossMs <= atMs);
    level = isNewCount ? 0 : Math.max(0, level - ((atMs - lastMs) * ratePerSecond) / 1_000);
    lastMs = atMs;
    if (++level > most + 1e-6) return true;
  }
  return false;
}

/** At rest: slots are admissions, all of which have ended, each for a reason that lay within it. */
export async function checkSlots({ broker, databases, redis }: World): Promise<Broken[]> {
  const { admissions, rooms } = databases.queue.tables;
  const broken: Broken[] = [];
  const heard = new Map<string, number>();
  for (const record of broker.partitionsOf(topics.domainEvents.name).flat()) {
    const read = decode(topics.domainEvents, record);
    if (!read.ok || read.message.value.type === 'unknown' || !('reservationId' in read.message.value.data)) continue;
    const { data, occurredAt } = read.message.value;
    heard.set(data.reservationId, Math.max(heard.get(data.reservationId) ?? 0, Date.parse(occurredAt)));
  }
  for (const { id, userId, admittedAt, endedAt, endReason, holds } of admissions.values()) {
    if (endedAt === null) broken.push({ invariant: 'admissions', detail: `${id} of ${userId} never ends` });
    const wasHeldIn = (reservation: string) => (heard.get(reservation) ?? 0) >= admittedAt.getTime();
    if (endReason === 'DONE' && !Object.keys(holds).some(wasHeldIn)) {
      broken.push({ invariant: 'admissions', detail: `${id} was ended by what had happened before it began` });
    }
  }
  for (const { scheduleId } of openRooms(rooms, redis)) {
    for (const { admissionId } of await redis.line.inside(scheduleId)) {
      broken.push({ invariant: 'slots', detail: `${admissionId} takes a slot of ${scheduleId}, and has ended` });
    }
  }
  return broken;
}

/** Whether nobody waits, and no slot is taken, where somebody is still let in. */
export async function roomsAreEmpty({ databases, redis }: World): Promise<boolean> {
  for (const { scheduleId } of openRooms(databases.queue.tables.rooms, redis)) {
    const counts = await redis.line.counts(scheduleId);
    const taken = await redis.line.inside(scheduleId);
    if ((counts?.waiting ?? 0) > 0 || taken.length > 0) return false;
  }
  return true;
}

/** Of a room that is closed nothing is kept in order any more: nobody comes in. */
const openRooms = (rooms: World['databases']['queue']['tables']['rooms'], { nowMs }: World['redis']) =>
  [...rooms.values()].filter((room) => phaseOf(room, new Date(nowMs)) !== 'closed');
