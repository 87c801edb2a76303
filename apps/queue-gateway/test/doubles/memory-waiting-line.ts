import type { Clock } from '@stagedoor/platform';
import type { NumberBlock } from '../../src/application/ports.ts';
import type {
  CallAnswer,
  Called,
  CurrentAdmission,
  JoinAnswer,
  LeaveAnswer,
  LineCounts,
  LinePlace,
  LineSettings,
  Preparation,
  Slot,
  SlotName,
  WaitingLine,
} from '../../src/application/waiting-line.ts';

const BURST_MS = 500;

interface Room {
  settings: LineSettings;
  seq: number;
  limit: number;
  serving: number;
  recoversAtMs: number;
  lostThrough: number;
  tokens: number;
  filledAtMs: number;
  waiting: Map<string, number>;
  called: Map<string, Called>;
  /** By admission id; `endsAtMs` is infinite for kept ones. */
  inside: Map<string, SlotName & { endsAtMs: number }>;
  current: Map<string, CurrentAdmission>;
}

/** The waiting line in memory: the rules of the Lua scripts in TypeScript, held to the same suite. */
export class MemoryWaitingLine implements WaitingLine {
  readonly #clock: Clock;
  readonly #rooms = new Map<number, Room>();
  readonly #fetching = new Map<number, number>();
  /** What prepare() has to find as well: slots are put in before the room is known. */
  readonly #unprepared = new Map<number, Slot[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Forgets everything, as a Redis that lost its data. */
  lose(scheduleId: number): void {
    this.#rooms.delete(scheduleId);
    this.#fetching.delete(scheduleId);
    this.#unprepared.delete(scheduleId);
  }

  async join(scheduleId: number, userId: string): Promise<JoinAnswer> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return { kind: 'NOT_PREPARED' };
    const place = this.#place(room, userId);
    const numbersLeft = room.limit - room.seq;
    if (place.kind === 'ADMITTED') return place;
    if (place.kind === 'WAITING') return { ...place, isNew: false, numbersLeft };
    if (numbersLeft <= 0) return { kind: 'OUT_OF_NUMBERS' };
    room.seq++;
    room.waiting.set(userId, room.seq);
    const { seq: sequence, serving } = room;
    return { kind: 'WAITING', sequence, serving, isNew: true, numbersLeft: numbersLeft - 1 };
  }

  async find(scheduleId: number, userId: string): Promise<LinePlace> {
    const room = this.#rooms.get(scheduleId);
    return room === undefined ? { kind: 'NOT_PREPARED' } : this.#place(room, userId);
  }

  async restore(scheduleId: number, userId: string, sequence: number): Promise<LinePlace> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return { kind: 'NOT_PREPARED' };
    const place = this.#place(room, userId);
    if (place.kind === 'ADMITTED' || (place.kind === 'WAITING' && place.sequence <= sequence)) return place;
    if (!room.called.has(userId)) room.waiting.set(userId, sequence);
    return { kind: 'WAITING', sequence, serving: room.serving };
  }

  async leave(scheduleId: number, userId: string): Promise<LeaveAnswer> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return { kind: 'NOT_PREPARED' };
    const place = this.#place(room, userId);
    if (place.kind === 'ADMITTED') return place;
    if (room.called.has(userId)) return { kind: 'BEING_ADMITTED' };
    const sequence = room.waiting.get(userId);
    if (sequence === undefined) return { kind: 'ABSENT' };
    room.waiting.delete(userId);
    return { kind: 'LEFT', sequence };
  }

  async call(scheduleId: number, admissionIds: readonly string[], ttlMs: number): Promise<CallAnswer> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return { kind: 'NOT_PREPARED' };
    const nowMs = this.#nowMs();
    const recovering = nowMs < room.recoversAtMs;
    const count = recovering ? 0 : this.#mayCall(room, admissionIds.length, nowMs);
    const endsAt = new Date(Math.ceil((nowMs + ttlMs) / 1000) * 1000);
    for (const [index, [userId, sequence]] of inOrder(room.waiting).slice(0, count).entries()) {
      room.waiting.delete(userId);
      const admissionId = admissionIds[index] as string;
      room.called.set(userId, { userId, sequence, admissionId, admittedAt: new Date(nowMs), endsAt });
    }
    return {
      kind: 'CALLED',
      called: [...room.called.values()].sort((a, b) => a.sequence - b.sequence),
      head: inOrder(room.waiting)[0]?.[1] ?? null,
      waiting: room.waiting.size,
      serving: room.serving,
      version: room.settings.version,
      lostThrough: room.lostThrough,
    };
  }

  async settle(scheduleId: number, serving: number, inside: readonly Called[], spent: readonly Called[]) {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return [];
    room.serving = Math.max(room.serving, serving);
    const settled: string[] = [];
    for (const { userId, admissionId } of [...inside, ...spent]) {
      const called = room.called.get(userId);
      if (called?.admissionId !== admissionId) continue;
      room.called.delete(userId);
      if (spent.some((one) => one.admissionId === admissionId)) continue;
      room.inside.set(admissionId, { admissionId, userId, endsAtMs: called.endsAt.getTime() });
      room.current.set(userId, currentOf(called));
      settled.push(admissionId);
    }
    return settled;
  }

  async release(scheduleId: number, ended: readonly SlotName[]): Promise<void> {
    const room = this.#rooms.get(scheduleId);
    for (const { admissionId, userId } of ended) {
      room?.inside.delete(admissionId);
      if (room?.current.get(userId)?.id === admissionId) room.current.delete(userId);
    }
  }

  async keep(scheduleId: number, slots: readonly SlotName[]): Promise<void> {
    for (const { admissionId } of slots) {
      const slot = this.#rooms.get(scheduleId)?.inside.get(admissionId);
      if (slot !== undefined) slot.endsAtMs = Number.POSITIVE_INFINITY;
    }
  }

  async occupy(scheduleId: number, slots: readonly Slot[]): Promise<void> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) {
      this.#unprepared.set(scheduleId, [...(this.#unprepared.get(scheduleId) ?? []), ...slots]);
      return;
    }
    for (const slot of slots) {
      const { admissionId, userId, sequence, endsAt, kept } = slot;
      if (room.called.get(userId)?.admissionId === admissionId) continue;
      room.inside.set(admissionId, {
        admissionId,
        userId,
        endsAtMs: kept ? Number.POSITIVE_INFINITY : endsAt.getTime(),
      });
      if ((room.waiting.get(userId) ?? Number.POSITIVE_INFINITY) <= sequence) room.waiting.delete(userId);
      if ((room.current.get(userId)?.sequence ?? 0) <= sequence) room.current.set(userId, currentOf(slot));
    }
  }

  async inside(scheduleId: number): Promise<(SlotName & { kept: boolean })[]> {
    return [...(this.#rooms.get(scheduleId)?.inside.values() ?? [])].map(({ endsAtMs, ...name }) => ({
      ...name,
      kept: endsAtMs === Number.POSITIVE_INFINITY,
    }));
  }

  async configure(scheduleId: number, settings: LineSettings): Promise<void> {
    const room = this.#rooms.get(scheduleId);
    if (room !== undefined && settings.version >= room.settings.version) room.settings = settings;
  }

  async claimFetch(scheduleId: number, ttlMs: number): Promise<boolean> {
    if ((this.#fetching.get(scheduleId) ?? 0) > this.#nowMs()) return false;
    this.#fetching.set(scheduleId, this.#nowMs() + ttlMs);
    return true;
  }

  async giveNumbers(scheduleId: number, { low, high }: NumberBlock): Promise<void> {
    this.#fetching.delete(scheduleId);
    const room = this.#rooms.get(scheduleId);
    if (room === undefined || low < room.limit) return;
    if (low > room.limit) room.seq = low;
    room.limit = high;
  }

  async prepare(scheduleId: number, { settings, numbers, serving, inside, recoverMs }: Preparation): Promise<void> {
    this.#fetching.delete(scheduleId);
    if (this.#rooms.has(scheduleId)) return;
    this.#rooms.set(scheduleId, {
      settings,
      seq: numbers.low,
      limit: numbers.high,
      serving,
      lostThrough: numbers.low,
      recoversAtMs: recoverMs === 0 ? 0 : this.#nowMs() + recoverMs,
      tokens: 0,
      filledAtMs: 0,
      waiting: new Map(),
      called: new Map(),
      inside: new Map(),
      current: new Map(),
    });
    await this.occupy(scheduleId, [...(this.#unprepared.get(scheduleId) ?? []), ...inside]);
    this.#unprepared.delete(scheduleId);
  }

  async remains(): Promise<number | null> {
    return null;
  }

  async forget(scheduleId: number): Promise<void> {
    this.lose(scheduleId);
  }

  async counts(scheduleId: number): Promise<LineCounts | null> {
    const room = this.#rooms.get(scheduleId);
    if (room === undefined) return null;
    return { waiting: room.waiting.size, inside: this.#taken(room, this.#nowMs()), serving: room.serving };
  }

  #place(room: Room, userId: string): Exclude<LinePlace, { kind: 'NOT_PREPARED' }> {
    const current = room.current.get(userId);
    if (current !== undefined && current.endsAt.getTime() > this.#nowMs())
      return { kind: 'ADMITTED', admission: current };
    const sequence = room.called.get(userId)?.sequence ?? room.waiting.get(userId);
    return sequence === undefined ? { kind: 'ABSENT' } : { kind: 'WAITING', sequence, serving: room.serving };
  }

  #mayCall(room: Room, most: number, nowMs: number): number {
    const { mode, ratePerSecond, maxInside, opensAt, closesAt } = room.settings;
    if ((mode !== 'queue' && mode !== 'open') || nowMs < opensAt.getTime()) return 0;
    if (closesAt !== null && nowMs >= closesAt.getTime()) return 0;
    const wanted = Math.min(room.waiting.size, most);
    if (mode === 'open' || wanted === 0) return wanted;
    const full = Math.max(1, (ratePerSecond * BURST_MS) / 1000);
    const tokens = Math.min(full, room.tokens + (Math.max(0, nowMs - room.filledAtMs) * ratePerSecond) / 1000);
    const count = Math.max(0, Math.min(wanted, Math.floor(tokens), maxInside - this.#taken(room, nowMs)));
    if (count > 0) {
      room.tokens = tokens - count;
      room.filledAtMs = nowMs;
    }
    return count;
  }

  #taken(room: Room, nowMs: number): number {
    return [...room.inside.values()].filter(({ endsAtMs }) => endsAtMs > nowMs).length + room.called.size;
  }

  #nowMs(): number {
    return this.#clock.now().getTime();
  }
}

const inOrder = (waiting: Map<string, number>): [string, number][] => [...waiting].sort(([, a], [, b]) => a - b);

const currentOf = (of: Called | Slot): CurrentAdmission => ({
  id: of.admissionId,
  sequence: of.sequence,
  admittedAt: of.admittedAt,
  endsAt: of.endsAt,
});
