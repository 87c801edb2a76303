import { type Clock, isTransient, Problem } from '@stagedoor/platform';
import type { DepartedPlaces } from './departed-places.ts';
import type { PlaceAnswer, PlaceAnswers } from './place-answers.ts';
import type { FanOfSchedule, QueueReads, Tickets } from './ports.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import type { KnownRoom, RoomDirectory } from './room-directory.ts';
import type { RoomPreparation } from './room-preparation.ts';
import type { SpentPlaces } from './spent-places.ts';
import type { JoinAnswer, LinePlace, WaitingLine } from './waiting-line.ts';

/** Where a fan stands once the line could be asked. */
export type Place = Exclude<LinePlace, { kind: 'NOT_PREPARED' }>;
type Joined = Exclude<JoinAnswer, { kind: 'NOT_PREPARED' | 'OUT_OF_NUMBERS' }>;

/** Joining a waiting room, and asking for one's place in it. */
export class Places {
  readonly #line: WaitingLine;
  readonly #directory: RoomDirectory;
  readonly #preparation: RoomPreparation;
  readonly #spent: SpentPlaces;
  readonly #departed: DepartedPlaces;
  readonly #tickets: Tickets;
  readonly #reads: Pick<QueueReads, 'openAdmissionOf'>;
  readonly #answers: PlaceAnswers;
  readonly #clock: Clock;
  readonly #metrics: Pick<QueueMetrics, 'joined'>;
  readonly #onFailure: (error: unknown) => void;

  constructor(parts: {
    line: WaitingLine;
    directory: RoomDirectory;
    preparation: RoomPreparation;
    spent: SpentPlaces;
    departed: DepartedPlaces;
    tickets: Tickets;
    reads: Pick<QueueReads, 'openAdmissionOf'>;
    answers: PlaceAnswers;
    clock: Clock;
    metrics: Pick<QueueMetrics, 'joined'>;
    /** Told when numbers could not be fetched ahead of need. */
    onFailure: (error: unknown) => void;
  }) {
    this.#line = parts.line;
    this.#directory = parts.directory;
    this.#preparation = parts.preparation;
    this.#spent = parts.spent;
    this.#departed = parts.departed;
    this.#tickets = parts.tickets;
    this.#reads = parts.reads;
    this.#answers = parts.answers;
    this.#clock = parts.clock;
    this.#metrics = parts.metrics;
    this.#onFailure = parts.onFailure;
  }

  /**
   * The fan's place, a new one at the end where there is none. A ticket gives its place back, unless it was used up.
   * @throws Problem NOT_FOUND, QUEUE_CLOSED, VALIDATION_FAILED for a ticket that is not this fan's
   */
  async join(fan: FanOfSchedule, ticket?: string): Promise<{ isNew: boolean; answer: PlaceAnswer }> {
    const room = this.#directory.require(fan.scheduleId);
    if (ticket !== undefined) {
      const place = await this.#byTicket(fan, this.#read(ticket, fan));
      if (place.kind !== 'ABSENT') return { isNew: false, answer: this.#answer(room, fan, place) };
    }
    if (this.#directory.phase(room) === 'closed') {
      const place = await this.#ask(fan, () => this.#line.find(fan.scheduleId, fan.userId));
      if (place.kind !== 'ADMITTED') throw new Problem('QUEUE_CLOSED');
      return { isNew: false, answer: this.#answer(room, fan, place) };
    }
    const joined: Joined = await this.#ask(fan, () => this.#line.join(fan.scheduleId, fan.userId));
    if (joined.kind === 'ADMITTED') return { isNew: false, answer: this.#answer(room, fan, joined) };
    if (this.#preparation.isShort(joined.numbersLeft)) {
      this.#preparation.fetchNumbers(fan.scheduleId).catch(this.#onFailure);
    }
    this.#metrics.joined(joined.isNew ? 'new' : 'known');
    return { isNew: joined.isNew, answer: this.#answer(room, fan, joined) };
  }

  /**
   * The fan's place, as it is answered.
   * @throws Problem NOT_FOUND, NOT_IN_QUEUE, QUEUE_CLOSED, VALIDATION_FAILED for a ticket that is not this fan's
   */
  async find(fan: FanOfSchedule, ticket?: string): Promise<PlaceAnswer> {
    return this.#answer(this.#directory.require(fan.scheduleId), fan, await this.locate(fan, ticket));
  }

  /**
   * The fan's place. With a ticket it is computed from the serving number, without asking the line (design §5), until
   * the place is about to be called; that also holds while the line cannot be asked.
   * @throws Problem NOT_FOUND, VALIDATION_FAILED for a ticket that is not this fan's
   */
  async locate(fan: FanOfSchedule, ticket?: string): Promise<Place> {
    const room = this.#directory.require(fan.scheduleId);
    if (ticket === undefined) return this.#ask(fan, () => this.#line.find(fan.scheduleId, fan.userId));
    const sequence = this.#read(ticket, fan);
    const { serving } = room;
    const isSure = sequence > serving && sequence > room.restoredThrough && !this.#departed.has(fan, sequence);
    if (isSure) return { kind: 'WAITING', sequence, serving };
    try {
      return await this.#byTicket(fan, sequence);
    } catch (error) {
      const isAway = isTransient(error) || (error instanceof Problem && error.code === 'UNAVAILABLE');
      if (!isAway) throw error;
      return this.#withoutLine(fan, sequence, serving);
    }
  }

  /** The place of a ticket's sequence number: as the line has it, or given back to it where it is not used up. */
  async #byTicket(fan: FanOfSchedule, sequence: number): Promise<Place> {
    const { scheduleId, userId } = fan;
    const place = await this.#ask(fan, () => this.#line.find(scheduleId, userId));
    if (place.kind === 'ADMITTED') return place;
    if (place.kind === 'WAITING' && place.sequence <= sequence) return place;
    if (await this.#spent.isSpent(fan, sequence)) return place;
    return this.#ask(fan, () => this.#line.restore(scheduleId, userId, sequence));
  }

  /** From what is in the database and in memory. */
  async #withoutLine(fan: FanOfSchedule, sequence: number, serving: number): Promise<Place> {
    if (sequence <= serving) {
      const admission = await this.#reads.openAdmissionOf(fan);
      if (admission !== null && admission.sequence >= sequence && admission.endsAt > this.#clock.now()) {
        return { kind: 'ADMITTED', admission };
      }
    }
    return { kind: 'WAITING', sequence, serving };
  }

  #read(ticket: string, fan: FanOfSchedule): number {
    const sequence = this.#tickets.read(ticket, fan);
    if (sequence === null) {
      throw new Problem('VALIDATION_FAILED', 'the ticket is not one of yours for this schedule', {
        extras: { errors: [{ path: 'ticket', message: 'is not one of yours for this schedule' }] },
      });
    }
    return sequence;
  }

  async #ask<Answer extends { kind: string }>(
    { scheduleId }: FanOfSchedule,
    question: () => Promise<Answer>,
  ): Promise<Exclude<Answer, { kind: 'NOT_PREPARED' } | { kind: 'OUT_OF_NUMBERS' }>> {
    return this.#preparation.ask(scheduleId, question);
  }

  /** @throws Problem NOT_IN_QUEUE, QUEUE_CLOSED */
  #answer(room: KnownRoom, fan: FanOfSchedule, place: Place | Joined): PlaceAnswer {
    if (place.kind === 'ABSENT') throw new Problem('NOT_IN_QUEUE');
    if (place.kind === 'ADMITTED') return this.#answers.admitted(fan, place.admission);
    this.#directory.noteServing(fan.scheduleId, place.serving);
    return this.#answers.waiting(room, fan, place.sequence);
  }
}
