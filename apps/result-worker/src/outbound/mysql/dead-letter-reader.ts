import type { DeadLetterReader } from '../../application/ports.ts';
import type { DeadLetter, DeadLetterAction } from '../../domain/dead-letter.ts';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import type { DeadLetterModel } from '../../generated/prisma/models.ts';

/** Reads dead letters through the typed client. */
export class PrismaDeadLetterReader implements DeadLetterReader {
  readonly #prisma: PrismaClient;

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma;
  }

  async list({
    topic,
    status,
    errorCode,
    since,
    until,
    limit,
    before,
  }: Parameters<DeadLetterReader['list']>[0]): Promise<DeadLetter[]> {
    const rows = await this.#prisma.deadLetter.findMany({
      where: {
        ...(topic !== undefined && { topic }),
        ...(status !== undefined && { status }),
        ...(errorCode !== undefined && { errorCode }),
        ...((since !== undefined || until !== undefined) && {
          failedAt: { ...(since !== undefined && { gte: since }), ...(until !== undefined && { lt: until }) },
        }),
        // Ids rise with time.
        ...(before !== undefined && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows.map(letterOf);
  }

  async find(id: string): ReturnType<DeadLetterReader['find']> {
    const row = await this.#prisma.deadLetter.findUnique({ where: { id } });
    if (row === null) return null;
    const actions = await this.#prisma.deadLetterAction.findMany({
      where: { deadLetterId: id },
      orderBy: { id: 'asc' },
    });
    return { letter: letterOf(row), actions };
  }

  actions({ actor, limit, before }: Parameters<DeadLetterReader['actions']>[0]): Promise<DeadLetterAction[]> {
    return this.#prisma.deadLetterAction.findMany({
      where: { ...(actor !== undefined && { actor }), ...(before !== undefined && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit,
    });
  }
}

const letterOf = (row: DeadLetterModel): DeadLetter => ({
  id: row.id,
  topic: row.topic,
  partition: row.partitionId,
  offset: row.recordOffset,
  group: row.groupId,
  key: row.recordKey === null ? null : Buffer.from(row.recordKey),
  value: row.value === null ? null : Buffer.from(row.value),
  headers: JSON.parse(row.headers) as DeadLetter['headers'],
  error: { code: row.errorCode, message: row.errorMessage },
  attempts: row.attempts,
  status: row.status,
  replayCount: row.replayCount,
  failedAt: row.failedAt,
});
