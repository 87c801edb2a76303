import type { FanOfSchedule, Pruning, QueueReads, StoredRoom } from '../../application/ports.ts';
import type { Admission, EndReason } from '../../domain/admission.ts';
import type { RoomMode } from '../../domain/room.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { AdmissionModel, RoomModel } from '../../generated/prisma/models.ts';
import { readHolds } from './admission-rows.ts';

/** Reads outside of any transaction, through the typed client. */
export class PrismaQueueReads implements QueueReads, Pruning {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async roomsSince(moment: Date | null): Promise<{ rooms: StoredRoom[]; newest: Date | null }> {
    const found = await this.#prisma.room.findMany({
      ...(moment && { where: { updatedAt: { gte: moment } } }),
      orderBy: { updatedAt: 'asc' },
    });
    return { rooms: found.map(roomOf), newest: found.at(-1)?.updatedAt ?? moment };
  }

  async openAdmissions(scheduleId: number): Promise<Admission[]> {
    const found = await this.#prisma.admission.findMany({ where: { endedAt: null, scheduleId } });
    return found.map(admissionOf);
  }

  async spentSequences(fans: readonly FanOfSchedule[]): Promise<Map<string, number>> {
    const spent = new Map<string, number>();
    for (const [scheduleId, group] of Map.groupBy(fans, (fan) => fan.scheduleId)) {
      const where = { scheduleId, userId: { in: group.map((fan) => fan.userId) } };
      const [admitted, departed] = await Promise.all([
        this.#prisma.admission.groupBy({ by: ['userId'], where, _max: { sequence: true } }),
        this.#prisma.departure.findMany({ where, select: { userId: true, sequence: true } }),
      ]);
      const note = (userId: string, sequence: bigint | null): void => {
        const key = fanKey({ scheduleId, userId });
        spent.set(key, Math.max(spent.get(key) ?? 0, Number(sequence ?? 0n)));
      };
      for (const { userId, _max } of admitted) note(userId, _max.sequence);
      for (const { userId, sequence } of departed) note(userId, sequence);
    }
    return spent;
  }

  async openAdmissionOf({ scheduleId, userId }: FanOfSchedule): Promise<Admission | null> {
    const found = await this.#prisma.admission.findFirst({
      where: { scheduleId, userId, endedAt: null },
      orderBy: { sequence: 'desc' },
    });
    return found === null ? null : admissionOf(found);
  }

  pruneAdmissions(endedBefore: Date, limit: number): Promise<number> {
    return this.#prisma
      .$executeRaw`DELETE FROM admissions WHERE ended_at < ${endedBefore} ORDER BY ended_at LIMIT ${limit}`;
  }

  pruneDepartures(leftBefore: Date, limit: number): Promise<number> {
    return this.#prisma
      .$executeRaw`DELETE FROM departures WHERE left_at < ${leftBefore} ORDER BY left_at LIMIT ${limit}`;
  }
}

/** The key of a fan at a schedule in the answer of spentSequences. */
const fanKey = ({ scheduleId, userId }: FanOfSchedule): string => `${scheduleId}:${userId}`;

const roomOf = (row: RoomModel): StoredRoom => ({
  scheduleId: Number(row.scheduleId),
  mode: row.mode as RoomMode,
  ratePerSecond: row.ratePerSecond,
  maxInside: row.maxInside,
  opensAt: row.opensAt,
  openingOverride: row.openingOverride,
  salesEndAt: row.salesEndAt,
  cancelled: row.cancelled,
  message: row.message,
  version: row.version,
  learnedAt: row.learnedAt,
  sequenceHigh: Number(row.sequenceHigh),
  restoredThrough: Number(row.restoredThrough),
  serving: Number(row.serving),
  seedHash: row.seedHash,
});

const admissionOf = (row: AdmissionModel): Admission => ({
  id: row.id,
  scheduleId: Number(row.scheduleId),
  userId: row.userId,
  sequence: Number(row.sequence),
  admittedAt: row.admittedAt,
  endsAt: row.endsAt,
  endedAt: row.endedAt,
  endReason: row.endReason as EndReason | null,
  holds: readHolds(row.holds),
});
