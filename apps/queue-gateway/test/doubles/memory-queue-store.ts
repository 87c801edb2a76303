import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import type {
  FanOfSchedule,
  NumberBlock,
  Pruning,
  QueueReads,
  QueueTx,
  Seed,
  StoredRoom,
} from '../../src/application/ports.ts';
import { type Admission, liveHolds } from '../../src/domain/admission.ts';
import type { Room } from '../../src/domain/room.ts';

interface State {
  rooms: Map<number, StoredRoom & { updatedAt: Date }>;
  admissions: Map<string, Admission>;
  departures: Map<string, { sequence: number; leftAt: Date }>;
  audit: object[];
  outbox: OutboundMessage[];
}

/** The database in memory: transactions one after another, each on a copy that is kept or thrown away. */
export class MemoryQueueStore implements UnitOfWork<QueueTx>, QueueReads, Pruning {
  #state: State = {
    rooms: new Map(),
    admissions: new Map(),
    departures: new Map(),
    audit: [],
    outbox: [],
  };
  #last: Promise<unknown> = Promise.resolve();

  get outbox(): readonly OutboundMessage[] {
    return this.#state.outbox;
  }

  get audit(): readonly object[] {
    return this.#state.audit;
  }

  get admissions(): Admission[] {
    return [...this.#state.admissions.values()];
  }

  run<T>(work: (tx: QueueTx) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const copy: State = {
        rooms: new Map(this.#state.rooms),
        admissions: new Map(this.#state.admissions),
        departures: new Map(this.#state.departures),
        audit: [...this.#state.audit],
        outbox: [...this.#state.outbox],
      };
      const result = await work(transactionOn(copy));
      this.#state = copy;
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async roomsSince(moment: Date | null) {
    const rooms = [...this.#state.rooms.values()]
      .filter(({ updatedAt }) => moment === null || updatedAt >= moment)
      .sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
    return {
      rooms: rooms.map(({ updatedAt: _updatedAt, ...room }) => room),
      newest: rooms.at(-1)?.updatedAt ?? moment,
    };
  }

  async openAdmissions(scheduleId: number): Promise<Admission[]> {
    return this.admissions.filter((one) => one.scheduleId === scheduleId && one.endedAt === null);
  }

  async spentSequences(fans: readonly FanOfSchedule[]): Promise<Map<string, number>> {
    const spent = new Map<string, number>();
    for (const fan of fans) {
      const sequences = this.admissions.filter((one) => isOf(one, fan)).map(({ sequence }) => sequence);
      const departed = this.#state.departures.get(keyOf(fan))?.sequence;
      if (departed !== undefined) sequences.push(departed);
      if (sequences.length > 0) spent.set(keyOf(fan), Math.max(...sequences));
    }
    return spent;
  }

  async openAdmissionOf(fan: FanOfSchedule): Promise<Admission | null> {
    const open = this.admissions.filter((one) => isOf(one, fan) && one.endedAt === null);
    return open.sort((a, b) => b.sequence - a.sequence)[0] ?? null;
  }

  async pruneAdmissions(endedBefore: Date, limit: number): Promise<number> {
    const old = this.admissions.filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore).slice(0, limit);
    for (const { id } of old) this.#state.admissions.delete(id);
    return old.length;
  }

  async pruneDepartures(leftBefore: Date, limit: number): Promise<number> {
    const old = [...this.#state.departures].filter(([, { leftAt }]) => leftAt < leftBefore).slice(0, limit);
    for (const [key] of old) this.#state.departures.delete(key);
    return old.length;
  }
}

function transactionOn(state: State): QueueTx {
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
          .sort(byIndex);
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

const keyOf = ({ scheduleId, userId }: FanOfSchedule): string => `${scheduleId}:${userId}`;

const isOf = (admission: Admission, fan: FanOfSchedule): boolean => keyOf(admission) === keyOf(fan);

function byIndex(a: Admission, b: Admission): number {
  if (a.scheduleId !== b.scheduleId) return a.scheduleId - b.scheduleId;
  if (a.userId !== b.userId) return a.userId < b.userId ? -1 : 1;
  return a.sequence - b.sequence;
}
