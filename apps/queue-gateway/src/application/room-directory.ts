import { type Clock, Problem, TransientError } from '@stagedoor/platform';
import { phaseOf, type RoomPhase } from '../domain/room.ts';
import { Speed } from '../domain/speed.ts';
import type { QueueReads, StoredRoom } from './ports.ts';
import type { LineSettings } from './waiting-line.ts';

/** A room as this replica knows it, in memory: what a poll is answered from without asking anybody. */
export interface KnownRoom {
  settings: StoredRoom;
  /** Whoever has a sequence number up to this one was called. */
  serving: number;
  /** Places up to here may be missing in the line. */
  restoredThrough: number;
  /** Whether anybody ever joined: only then the line has to be prepared without being asked. */
  isUsed: boolean;
  speed: Speed;
}

// Writers' clocks differ: what was written this long before the newest known row is read again.
const OVERLAP_MS = 60_000;

/** All rooms, kept fresh by refresh(). A schedule that is not in here is unknown, which costs nobody a look-up. */
export class RoomDirectory {
  readonly #reads: Pick<QueueReads, 'roomsSince'>;
  readonly #clock: Clock;
  readonly #rooms = new Map<number, KnownRoom>();
  #newest: Date | null = null;
  #loaded = false;

  constructor(reads: Pick<QueueReads, 'roomsSince'>, clock: Clock) {
    this.#reads = reads;
    this.#clock = clock;
  }

  /** Whether the rooms were read once. */
  get isLoaded(): boolean {
    return this.#loaded;
  }

  get(scheduleId: number): KnownRoom | undefined {
    return this.#rooms.get(scheduleId);
  }

  /**
   * The room of a schedule that somebody asks about.
   * @throws Problem NOT_FOUND where there is none
   * @throws TransientError until the rooms were read once: a replica that starts while its database is away knows none, and
   *   must not tell a fan that there is none
   */
  require(scheduleId: number): KnownRoom {
    const room = this.#rooms.get(scheduleId);
    if (room !== undefined) return room;
    if (!this.#loaded) throw new TransientError('the waiting rooms are not read yet');
    throw new Problem('NOT_FOUND', 'there is no waiting room for this schedule');
  }

  all(): IterableIterator<KnownRoom> {
    return this.#rooms.values();
  }

  phase(room: KnownRoom): RoomPhase {
    return phaseOf(room.settings, this.#clock.now());
  }

  /** Reads what was written since the last time; answers the rooms whose settings are new here. */
  async refresh(): Promise<StoredRoom[]> {
    const since = this.#newest === null ? null : new Date(this.#newest.getTime() - OVERLAP_MS);
    const { rooms, newest } = await this.#reads.roomsSince(since);
    this.#newest = newest;
    this.#loaded = true;
    return rooms.filter((room) => this.put(room));
  }

  /** Takes a room as it is stored; whether its settings are new here. */
  put(room: StoredRoom): boolean {
    const known = this.#rooms.get(room.scheduleId);
    if (known === undefined) {
      const { serving, restoredThrough } = room;
      const isUsed = room.sequenceHigh > 0;
      this.#rooms.set(room.scheduleId, { settings: room, serving, restoredThrough, isUsed, speed: new Speed() });
      return true;
    }
    known.serving = Math.max(known.serving, room.serving);
    known.restoredThrough = Math.max(known.restoredThrough, room.restoredThrough);
    known.isUsed ||= room.sequenceHigh > 0;
    if (room.version <= known.settings.version) return false;
    known.settings = room;
    return true;
  }

  /** How far a room has come, as somebody was told who asked the line. */
  noteServing(scheduleId: number, serving: number): void {
    const known = this.#rooms.get(scheduleId);
    if (known !== undefined && serving > known.serving) known.serving = serving;
  }

  /** The line lost the room: places up to `through` have to be looked for. */
  noteLoss(scheduleId: number, through: number): void {
    const known = this.#rooms.get(scheduleId);
    if (known !== undefined && through > known.restoredThrough) known.restoredThrough = through;
  }
}

/** A room's settings as the line takes them. */
export const lineSettings = (room: StoredRoom): LineSettings => ({
  mode: room.cancelled ? 'closed' : room.mode,
  ratePerSecond: room.ratePerSecond,
  maxInside: room.maxInside,
  opensAt: room.openingOverride ?? room.opensAt,
  closesAt: room.salesEndAt,
  version: room.version,
});
