import type { DomainEvent, Received } from '@stagedoor/contracts';
import { type Clock, GroupCommit, type IdGenerator, type UnitOfWork } from '@stagedoor/platform';
import { type Admission, liveHolds, noteReservation, reservationNews } from '../domain/admission.ts';
import { learn, newRoom, type Room, type RoomSettings, type ScheduleNews } from '../domain/room.ts';
import type { FanOfSchedule, QueueTx, Seed, StoredRoom } from './ports.ts';
import { hasEnded, leftEvent } from './queue-events.ts';

type ReservationEvent = Extract<DomainEvent, { data: { reservationId: string } }>;
type ScheduleEvent = Extract<DomainEvent, { data: { concertId: number } }>;

/** What an event changed in the database, for the line and for whoever listens. */
export interface Effect {
  /** The admission that it changed, as it is now. */
  admission: Admission | null;
  /** The room that it made or changed, as it is now. */
  room: StoredRoom | null;
}

const MAX_BATCH = 400;
const MAX_QUEUED = 20_000;

/**
 * Events' effects in the database, many in one transaction: rooms are learned, and admissions end whose fan is done
 * (design §5). An event that comes again changes nothing: a schedule's by its time, a reservation's by its version.
 */
export class EventEffects {
  readonly #clock: Clock;
  readonly #ids: IdGenerator;
  readonly #seed: () => Seed;
  readonly #defaults: Pick<RoomSettings, 'ratePerSecond' | 'maxInside'>;
  readonly #commits: GroupCommit<Received<DomainEvent>, Effect>;

  constructor(parts: {
    unitOfWork: UnitOfWork<QueueTx>;
    clock: Clock;
    ids: IdGenerator;
    seed: () => Seed;
    /** Rate and cap of a room that nobody has set. */
    defaults: Pick<RoomSettings, 'ratePerSecond' | 'maxInside'>;
  }) {
    this.#clock = parts.clock;
    this.#ids = parts.ids;
    this.#seed = parts.seed;
    this.#defaults = parts.defaults;
    this.#commits = new GroupCommit({
      name: 'event effects',
      maxBatch: MAX_BATCH,
      maxQueued: MAX_QUEUED,
      execute: (events) => parts.unitOfWork.run((tx) => this.apply(events, tx)),
    });
  }

  /** Resolves once the effect is committed. */
  of(event: Received<DomainEvent>): Promise<Effect> {
    return this.#commits.submit(event);
  }

  drain(): Promise<void> {
    return this.#commits.drain();
  }

  /** The effects of a batch, one after another on the evolving state, within one transaction. */
  async apply(events: readonly Received<DomainEvent>[], tx: QueueTx): Promise<Effect[]> {
    const effects: Effect[] = events.map(() => ({ admission: null, room: null }));
    await this.#applyToRooms(events, effects, tx);
    await this.#applyToAdmissions(events, effects, tx);
    return effects;
  }

  async #applyToRooms(events: readonly Received<DomainEvent>[], effects: Effect[], tx: QueueTx): Promise<void> {
    const news = events.map((event) => (isScheduleEvent(event.value) ? scheduleNews(event.value) : null));
    const known = news.filter((one) => one !== null);
    if (known.length === 0) return;
    const now = this.#clock.now();
    const first = new Map<number, Room>();
    for (const one of known) {
      if (!first.has(one.scheduleId)) first.set(one.scheduleId, newRoom(one, this.#defaults));
    }
    await tx.rooms.insertNew([...first.values()], this.#seed, now);
    const locked = await tx.rooms.lock([...first.keys()].sort((a, b) => a - b));
    const rooms = new Map(locked.map((room) => [room.scheduleId, room]));
    const changed = new Set<number>();
    for (const [index, one] of news.entries()) {
      const room = one && rooms.get(one.scheduleId);
      if (!one || !room) continue;
      const learned = learn(room, one);
      if (learned !== null) {
        rooms.set(one.scheduleId, { ...room, ...learned });
        changed.add(one.scheduleId);
      }
      // Also where it changes nothing: this process may be the first to hear of the room.
      (effects[index] as Effect).room = rooms.get(one.scheduleId) as StoredRoom;
    }
    for (const scheduleId of changed) await tx.rooms.saveSettings(rooms.get(scheduleId) as StoredRoom, now);
  }

  async #applyToAdmissions(events: readonly Received<DomainEvent>[], effects: Effect[], tx: QueueTx): Promise<void> {
    const reservations = events.map(({ value }) => (isReservationEvent(value) ? value : null));
    const fans = new Map<string, FanOfSchedule>();
    for (const event of reservations) {
      if (event !== null) fans.set(fanKey(event), { scheduleId: event.scheduleId, userId: event.data.userId });
    }
    const locked = await tx.admissions.lockOfFans([...fans.values()]);
    if (locked.length === 0) return;
    const now = this.#clock.now();
    const current = new Map(locked.map((admission) => [admission.id, admission]));
    const ofFan = Map.groupBy(locked, ({ scheduleId, userId }) => `${scheduleId}:${userId}`);
    for (const [index, event] of reservations.entries()) {
      const admissions = event && ofFan.get(fanKey(event))?.map(({ id }) => current.get(id) as Admission);
      if (!event || !admissions) continue;
      const noted = noteReservation(admissions, reservationNews(event.data, new Date(event.occurredAt)), now);
      if (noted === null) continue;
      current.set(noted.id, noted);
      (effects[index] as Effect).admission = noted;
    }
    const changed = locked.filter((admission) => current.get(admission.id) !== admission);
    const saved = changed.map(({ id }) => current.get(id) as Admission);
    await tx.admissions.save(saved);
    const ended = saved.filter((admission, index) => hasEnded(admission) && changed[index]?.endedAt === null);
    await tx.outbox.add(ended.filter(hasEnded).map((admission) => leftEvent(admission, this.#ids)));
  }
}

/** Whether an event is a reservation's. */
export const isReservationEvent = (event: DomainEvent): event is ReservationEvent =>
  event.type.startsWith('reservation.');

/** Whether an event is a schedule's. */
export const isScheduleEvent = (event: DomainEvent): event is ScheduleEvent => event.type.startsWith('schedule.');

/** Whether an admission's slot outlives its end. */
export const isKept = (admission: Admission): boolean => admission.endedAt === null && liveHolds(admission) > 0;

const fanKey = ({ scheduleId, data }: ReservationEvent): string => `${scheduleId}:${data.userId}`;

const scheduleNews = ({ scheduleId, occurredAt, data }: ScheduleEvent): ScheduleNews => ({
  scheduleId,
  occurredAt: new Date(occurredAt),
  data,
});
