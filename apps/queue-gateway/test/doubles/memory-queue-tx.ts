import type { OutboundMessage } from '@stagedoor/contracts';
import type { FanOfSchedule, NumberBlock, QueueTx, Seed, StoredRoom } from '../../src/application/ports.ts';
import type { Admission } from '../../src/domain/admission.ts';
import { liveHolds } from '../../src/domain/admission.ts';
import type { Room } from '../../src/domain/room.ts';

/** The rows of the app's tables, by primary key where they have one. Rows are replaced, never changed. */
export interface QueueTables {
  rooms: Map<number, StoredRoom & { updatedAt: Date }>;
  admissions: Map<string, Admission>;
  departures: Map<string, { sequence: number; leftAt: Date }>;
  audit: object[];
  outbox: OutboundMessage[];
}

/** One transaction on its tables. */
export function memoryQueueTx(state: QueueTables): QueueTx {
  const room = (scheduleId: number) => {
    const found = state.rooms.get(scheduleId);
    if (found === undefined) throw new Error(`no room for schedule ${scheduleId}`);
    return found;
  };
  const take = (
    scheduleId: number,
    count: number,
    more: Partial<StoredRoom & { updatedAt: Date }> = {},
  ): NumberBlock => {
    const before = room(scheduleId);
    const high = before.sequenceHigh + count;
    state.rooms.set(scheduleId, { ...before, ...more, sequenceHigh: high });
    return { low: before.sequenceHigh, high };
  };
  return {
    rooms: {
      async insertNew(rooms: readonly Room[], seed: () => Seed, now: Date) {
        for (const one of rooms) {
          const { seedHash } = seed();
          if (state.rooms.has(one.scheduleId)) continue;
          const numbers = { sequenceHigh: 0, restoredThrough: 0, serving: 0 };
          state.rooms.set(one.scheduleId, { ...one, ...numbers, seedHash, updatedAt: now });
        }
      },
      async lock(scheduleIds: readonly number[]) {
        return scheduleIds
          .flatMap((id) => state.rooms.get(id) ?? [])
          .sort((a, b) => a.scheduleId - b.scheduleId)
          .map(({ updatedAt: _updatedAt, ...stored }) => stored);
      },
      async saveSettings(changed: Room, now: Date) {
        const { sequenceHigh, restoredThrough, serving, seedHash } = room(changed.scheduleId);
        const kept = { sequenceHigh, restoredThrough, serving, seedHash };
        state.rooms.set(changed.scheduleId, { ...changed, ...kept, updatedAt: now });
      },
      takeNumbers: async (scheduleId, count) => take(scheduleId, count),
      takeNumbersAfterLoss: async (scheduleId, count, now) =>
        take(scheduleId, count, { restoredThrough: room(scheduleId).sequenceHigh, updatedAt: now }),
      async raiseServing(scheduleId, serving) {
        const before = room(scheduleId);
        state.rooms.set(scheduleId, { ...before, serving: Math.max(before.serving, serving) });
      },
    },
    admissions: {
      async lockOfFans(fans) {
        return [...state.admissions.values()]
          .filter((admission) => fans.some((fan) => isOf(admission, fan)))
          .sort(byIndex)
          .flatMap(({ id }) => state.admissions.get(id) ?? []);
      },
      async findLapsed(now, limit) {
        return [...state.admissions.values()]
          .filter((one) => one.endedAt === null && one.endsAt <= now && liveHolds(one) === 0)
          .sort((a, b) => a.endsAt.getTime() - b.endsAt.getTime())
          .slice(0, limit)
          .map(({ scheduleId, userId }) => ({ scheduleId, userId }));
      },
      async insert(admissions) {
        for (const admission of admissions) {
          const isTaken = [...state.admissions.values()].some(
            (one) => one.id === admission.id || (isOf(one, admission) && one.sequence === admission.sequence),
          );
          if (isTaken) throw new Error(`duplicate admission ${admission.id}`);
          state.admissions.set(admission.id, admission);
        }
      },
      async save(admissions) {
        for (const { id, endedAt, endReason, holds } of admissions) {
          const before = state.admissions.get(id);
          if (before !== undefined) state.admissions.set(id, { ...before, endedAt, endReason, holds });
        }
      },
    },
    departures: {
      async record(departures, now) {
        for (const { sequence, ...fan } of departures) {
          const before = state.departures.get(keyOf(fan))?.sequence ?? 0;
          state.departures.set(keyOf(fan), { sequence: Math.max(before, sequence), leftAt: now });
        }
      },
    },
    audit: {
      async record(entry) {
        state.audit.push(entry);
      },
    },
    outbox: {
      async add(messages) {
        state.outbox.push(...messages);
      },
    },
  };
}

/** How a fan at a schedule is named. */
export const keyOf = ({ scheduleId, userId }: FanOfSchedule): string => `${scheduleId}:${userId}`;

export const isOf = (admission: Admission, fan: FanOfSchedule): boolean => keyOf(admission) === keyOf(fan);

function byIndex(a: Admission, b: Admission): number {
  if (a.scheduleId !== b.scheduleId) return a.scheduleId - b.scheduleId;
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1;
  return a.sequence - b.sequence;
}
