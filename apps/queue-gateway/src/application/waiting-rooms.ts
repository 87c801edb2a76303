import { type Clock, type IdGenerator, Problem, type UnitOfWork } from '@stagedoor/platform';
import { change, openingOf, phaseOf, type RoomPhase, type RoomSettings } from '../domain/room.ts';
import type { QueueTx, StoredRoom } from './ports.ts';
import { lineSettings, type RoomDirectory } from './room-directory.ts';
import type { LineCounts, WaitingLine } from './waiting-line.ts';

/** A room as an operator sees it. */
export interface RoomView {
  room: StoredRoom;
  phase: RoomPhase;
  opensAt: Date;
  /** Null while the line cannot be asked, or does not know the room yet. */
  counts: LineCounts | null;
}

/** What operators do with waiting rooms; changes are audited. */
export class WaitingRooms {
  readonly #unitOfWork: UnitOfWork<QueueTx>;
  readonly #line: WaitingLine;
  readonly #directory: RoomDirectory;
  readonly #clock: Clock;
  readonly #ids: IdGenerator;

  constructor(parts: {
    unitOfWork: UnitOfWork<QueueTx>;
    line: WaitingLine;
    directory: RoomDirectory;
    clock: Clock;
    ids: IdGenerator;
  }) {
    this.#unitOfWork = parts.unitOfWork;
    this.#line = parts.line;
    this.#directory = parts.directory;
    this.#clock = parts.clock;
    this.#ids = parts.ids;
  }

  /** @throws Problem NOT_FOUND */
  async view(scheduleId: number): Promise<RoomView> {
    const known = this.#directory.require(scheduleId);
    return this.#viewOf(known.settings);
  }

  /**
   * Changes what is given, and leaves the rest.
   * @throws Problem NOT_FOUND
   */
  async set(scheduleId: number, settings: Partial<RoomSettings>, actor: string): Promise<RoomView> {
    const auditId = this.#ids.next();
    const saved = await this.#unitOfWork.run(async (tx) => {
      const [room] = await tx.rooms.lock([scheduleId]);
      if (room === undefined) throw new Problem('NOT_FOUND');
      const now = this.#clock.now();
      const changed: StoredRoom = { ...room, ...change(room, settings) };
      await tx.rooms.saveSettings(changed, now);
      await tx.audit.record({
        id: auditId,
        actor,
        action: 'waiting-room.set',
        subject: String(scheduleId),
        detail: { before: settingsOf(room), after: settingsOf(changed) },
        at: now,
      });
      return changed;
    });
    this.#directory.put(saved);
    // Where the line cannot be reached now, the replicas' next refresh tells it.
    await this.#line.configure(scheduleId, lineSettings(saved)).catch(() => {});
    return this.#viewOf(saved);
  }

  async #viewOf(room: StoredRoom): Promise<RoomView> {
    return {
      room,
      phase: phaseOf(room, this.#clock.now()),
      opensAt: openingOf(room),
      counts: await this.#line.counts(room.scheduleId).catch(() => null),
    };
  }
}

const settingsOf = ({ mode, ratePerSecond, maxInside, openingOverride, message }: RoomSettings): RoomSettings => ({
  mode,
  ratePerSecond,
  maxInside,
  openingOverride,
  message,
});
