import { type Clock, type IdGenerator, Problem, type UnitOfWork } from '@stagedoor/platform';
import { type Admission, lapse, leave } from '../domain/admission.ts';
import type { DepartedPlaces } from './departed-places.ts';
import type { FanOfSchedule, QueueTx } from './ports.ts';
import type { Pushes } from './pushes.ts';
import { hasEnded, leftEvent } from './queue-events.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import type { RoomDirectory } from './room-directory.ts';
import type { RoomPreparation } from './room-preparation.ts';
import type { WaitingLine } from './waiting-line.ts';

// An admission is recorded within milliseconds of its call; a leader that died is replaced within seconds.
const BEING_ADMITTED_RETRY_MS = 25;
const BEING_ADMITTED_RETRIES = 40;

/** How waiting and being inside end without a reservation's doing: the fan leaves, or the time is over. */
export class Endings {
  readonly #line: WaitingLine;
  readonly #unitOfWork: UnitOfWork<QueueTx>;
  readonly #directory: RoomDirectory;
  readonly #preparation: RoomPreparation;
  readonly #departed: DepartedPlaces;
  readonly #pushes: Pick<Pushes, 'departed'>;
  readonly #ids: IdGenerator;
  readonly #clock: Clock;
  readonly #metrics: Pick<QueueMetrics, 'ended'>;

  constructor(parts: {
    line: WaitingLine;
    unitOfWork: UnitOfWork<QueueTx>;
    directory: RoomDirectory;
    preparation: RoomPreparation;
    departed: DepartedPlaces;
    pushes: Pick<Pushes, 'departed'>;
    ids: IdGenerator;
    clock: Clock;
    metrics: Pick<QueueMetrics, 'ended'>;
  }) {
    this.#line = parts.line;
    this.#unitOfWork = parts.unitOfWork;
    this.#directory = parts.directory;
    this.#preparation = parts.preparation;
    this.#departed = parts.departed;
    this.#pushes = parts.pushes;
    this.#ids = parts.ids;
    this.#clock = parts.clock;
    this.#metrics = parts.metrics;
  }

  /**
   * The fan leaves, from the line or from inside; the place or the slot is free.
   * @throws Problem NOT_FOUND, NOT_IN_QUEUE
   */
  async leave(fan: FanOfSchedule): Promise<void> {
    const { scheduleId, userId } = fan;
    this.#directory.require(scheduleId);
    for (let attempt = 0; attempt < BEING_ADMITTED_RETRIES; attempt++) {
      const answer = await this.#preparation.ask(scheduleId, () => this.#line.leave(scheduleId, userId));
      switch (answer.kind) {
        case 'ABSENT':
          throw new Problem('NOT_IN_QUEUE');
        case 'LEFT':
          return this.#giveUp(fan, answer.sequence);
        case 'ADMITTED':
          return this.#endOne(fan, answer.admission.id);
        case 'BEING_ADMITTED':
          await this.#clock.sleep(BEING_ADMITTED_RETRY_MS);
      }
    }
    throw new Problem('UNAVAILABLE', 'you are being admitted at this moment', { retryAfterSeconds: 1 });
  }

  /** Ends what is past its end without a live hold; answers how many that were. At most `limit`. */
  async endLapsed(limit: number): Promise<number> {
    const ended = await this.#unitOfWork.run(async (tx) => {
      const now = this.#clock.now();
      const fans = await tx.admissions.findLapsed(now, limit);
      const admissions = await tx.admissions.lockOfFans(fans);
      return this.#end(
        tx,
        admissions.map((admission) => lapse(admission, now)),
      );
    });
    await this.#release(ended);
    return ended.length;
  }

  async #giveUp(fan: FanOfSchedule, sequence: number): Promise<void> {
    await this.#unitOfWork.run((tx) => tx.departures.record([{ ...fan, sequence }], this.#clock.now()));
    this.#departed.add(fan, sequence);
    await this.#pushes.departed(fan, sequence);
  }

  async #endOne(fan: FanOfSchedule, admissionId: string): Promise<void> {
    const ended = await this.#unitOfWork.run(async (tx) => {
      const admissions = await tx.admissions.lockOfFans([fan]);
      const now = this.#clock.now();
      return this.#end(
        tx,
        admissions.filter(({ id }) => id === admissionId).map((admission) => leave(admission, now)),
      );
    });
    await this.#release(ended);
    // Also where it had ended in the database already: the line had not heard of it.
    await this.#line.release(fan.scheduleId, [{ admissionId, userId: fan.userId }]);
  }

  async #end(tx: QueueTx, decided: readonly (Admission | null)[]): Promise<Admission[]> {
    const ended = decided.filter((admission) => admission !== null);
    await tx.admissions.save(ended);
    await tx.outbox.add(ended.filter(hasEnded).map((admission) => leftEvent(admission, this.#ids)));
    return ended;
  }

  async #release(ended: readonly Admission[]): Promise<void> {
    for (const { endReason } of ended) this.#metrics.ended(endReason ?? 'unknown', 1);
    for (const [scheduleId, ofSchedule] of Map.groupBy(ended, (admission) => admission.scheduleId)) {
      await this.#line.release(
        scheduleId,
        ofSchedule.map(({ id, userId }) => ({ admissionId: id, userId })),
      );
    }
  }
}
