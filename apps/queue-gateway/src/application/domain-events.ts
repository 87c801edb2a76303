import type { DomainEvent, Received } from '@stagedoor/contracts';
import type { Clock } from '@stagedoor/platform';
import { type EventEffects, isKept, isReservationEvent } from './event-effects.ts';
import type { Pushes } from './pushes.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import { lineSettings, type RoomDirectory } from './room-directory.ts';
import type { WaitingLine } from './waiting-line.ts';

/**
 * Takes one domain event: first its effect in the database, once; then what the line and the fan have to hear of it. If
 * this process dies in between, the event comes again: the fan is told then, and the line's slots are put right by the
 * next reconciliation.
 */
export class DomainEvents {
  readonly #effects: EventEffects;
  readonly #line: Pick<WaitingLine, 'release' | 'keep' | 'configure'>;
  readonly #pushes: Pick<Pushes, 'tell'>;
  readonly #directory: RoomDirectory;
  readonly #metrics: Pick<QueueMetrics, 'ended' | 'event'>;
  readonly #clock: Clock;
  readonly #newsKeptMs: number;

  constructor(parts: {
    effects: EventEffects;
    line: Pick<WaitingLine, 'release' | 'keep' | 'configure'>;
    pushes: Pick<Pushes, 'tell'>;
    directory: RoomDirectory;
    metrics: Pick<QueueMetrics, 'ended' | 'event'>;
    clock: Clock;
    /** How long it is known what a fan was told, in milliseconds. */
    newsKeptMs: number;
  }) {
    this.#effects = parts.effects;
    this.#line = parts.line;
    this.#pushes = parts.pushes;
    this.#directory = parts.directory;
    this.#metrics = parts.metrics;
    this.#clock = parts.clock;
    this.#newsKeptMs = parts.newsKeptMs;
  }

  async process(message: Received<DomainEvent>): Promise<void> {
    const { admission, room } = await this.#effects.of(message);
    this.#metrics.event(admission !== null || room !== null ? 'applied' : 'nothing to do');
    if (admission !== null) {
      if (admission.endReason === 'DONE') this.#metrics.ended('DONE', 1);
      const slot = { admissionId: admission.id, userId: admission.userId };
      if (admission.endedAt !== null) await this.#line.release(admission.scheduleId, [slot]);
      else if (isKept(admission)) await this.#line.keep(admission.scheduleId, [slot]);
    }
    if (room !== null) {
      this.#directory.put(room);
      await this.#line.configure(room.scheduleId, lineSettings(room));
    }
    if (isReservationEvent(message.value)) await this.#tell(message.value);
  }

  async #tell({
    scheduleId,
    occurredAt,
    data,
  }: Extract<DomainEvent, { data: { reservationId: string } }>): Promise<void> {
    // Nobody knows any more whether it was told: history that is read again must not go past the fan once more.
    if (this.#clock.now().getTime() - Date.parse(occurredAt) > this.#newsKeptMs) return;
    const { userId, reservationId, status, reason, version } = data;
    await this.#pushes.tell(userId, {
      type: 'reservation.changed',
      scheduleId,
      reservationId,
      status,
      reason,
      version,
    });
  }
}
