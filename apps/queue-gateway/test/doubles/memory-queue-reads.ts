import type { FanOfSchedule, Pruning, QueueReads } from '../../src/application/ports.ts';
import type { Admission } from '../../src/domain/admission.ts';
import { isOf, keyOf, type QueueTables } from './memory-queue-tx.ts';

/** Reads of what is committed, and its pruning. */
export function memoryQueueReads(
  tables: Pick<QueueTables, 'rooms' | 'admissions' | 'departures'>,
): QueueReads & Pruning {
  const admissions = (): Admission[] => [...tables.admissions.values()];
  return {
    async roomsSince(moment: Date | null) {
      const rooms = [...tables.rooms.values()]
        .filter(({ updatedAt }) => moment === null || updatedAt >= moment)
        .sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
      return {
        rooms: rooms.map(({ updatedAt: _updatedAt, ...room }) => room),
        newest: rooms.at(-1)?.updatedAt ?? moment,
      };
    },

    async openAdmissions(scheduleId: number): Promise<Admission[]> {
      return admissions().filter((one) => one.scheduleId === scheduleId && one.endedAt === null);
    },

    async spentSequences(fans: readonly FanOfSchedule[]): Promise<Map<string, number>> {
      const spent = new Map<string, number>();
      for (const fan of fans) {
        const sequences = admissions()
          .filter((one) => isOf(one, fan))
          .map(({ sequence }) => sequence);
        const departed = tables.departures.get(keyOf(fan))?.sequence;
        if (departed !== undefined) sequences.push(departed);
        if (sequences.length > 0) spent.set(keyOf(fan), Math.max(...sequences));
      }
      return spent;
    },

    async openAdmissionOf(fan: FanOfSchedule): Promise<Admission | null> {
      const open = admissions().filter((one) => isOf(one, fan) && one.endedAt === null);
      return open.sort((a, b) => b.sequence - a.sequence)[0] ?? null;
    },

    async pruneAdmissions(endedBefore: Date, limit: number): Promise<number> {
      const old = admissions()
        .filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore)
        .slice(0, limit);
      for (const { id } of old) tables.admissions.delete(id);
      return old.length;
    },

    async pruneDepartures(leftBefore: Date, limit: number): Promise<number> {
      const old = [...tables.departures].filter(([, { leftAt }]) => leftAt < leftBefore).slice(0, limit);
      for (const [key] of old) tables.departures.delete(key);
      return old.length;
    },
  };
}
