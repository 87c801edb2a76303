import type { IdGenerator, UnitOfWork } from '@stagedoor/platform';
import type { Admission } from '../domain/admission.ts';
import { type Admitted, admit, servingAfter } from '../domain/calling.ts';
import type { QueueTx } from './ports.ts';
import type { Pushes } from './pushes.ts';
import { admittedEvent } from './queue-events.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import type { KnownRoom, RoomDirectory } from './room-directory.ts';
import { type RoomPreparation, slotOf } from './room-preparation.ts';
import type { Called, WaitingLine } from './waiting-line.ts';

/** Bounds of the admission loop. */
export interface AdmissionBounds {
  /** How long an admission lasts. */
  ttlMs: number;
  /** Most admissions in one turn of one room. */
  maxPerTurn: number;
  /** How far a room has come is announced at most this often. */
  announceEveryMs: number;
}

// Asked for where nobody waited the last time: enough for those who came meanwhile, without sending ids for nothing.
const IDLE_BATCH = 16;

/**
 * Lets people in. Each turn, per room: the line takes those out whose turn it is and notes them as called; the database
 * records their admissions, the serving number and the events; the line settles them as inside; they are told. Whatever
 * step a turn dies at, the next turn, of whichever replica, finds them still called and goes on from there: nobody is
 * lost, and the ids that were given at the first step keep anybody from being admitted twice.
 */
export class AdmissionLoop {
  readonly #line: WaitingLine;
  readonly #unitOfWork: UnitOfWork<QueueTx>;
  readonly #directory: RoomDirectory;
  readonly #preparation: RoomPreparation;
  readonly #pushes: Pushes;
  readonly #ids: IdGenerator;
  readonly #bounds: AdmissionBounds;
  readonly #metrics: Pick<QueueMetrics, 'admitted'>;
  /** Rooms in which somebody was left waiting. */
  readonly #busy = new Set<number>();
  /** What was announced last by this process. */
  readonly #announced = new Map<number, number>();

  constructor(parts: {
    line: WaitingLine;
    unitOfWork: UnitOfWork<QueueTx>;
    directory: RoomDirectory;
    preparation: RoomPreparation;
    pushes: Pushes;
    ids: IdGenerator;
    bounds: AdmissionBounds;
    metrics: Pick<QueueMetrics, 'admitted'>;
  }) {
    this.#line = parts.line;
    this.#unitOfWork = parts.unitOfWork;
    this.#directory = parts.directory;
    this.#preparation = parts.preparation;
    this.#pushes = parts.pushes;
    this.#ids = parts.ids;
    this.#bounds = parts.bounds;
    this.#metrics = parts.metrics;
  }

  /** One turn of every room that may let people in. A room that fails does not keep the others waiting. */
  async turn(): Promise<void> {
    const rooms = [...this.#directory.all()].filter((room) => this.#isLive(room));
    const turns = await Promise.allSettled(rooms.map((room) => this.turnOf(room)));
    const failed = turns.filter((turn) => turn.status === 'rejected');
    if (failed.length > 0)
      throw new AggregateError(
        failed.map((turn) => turn.reason),
        'admitting failed',
        { cause: failed[0]?.reason },
      );
  }

  /** One turn of one room. */
  async turnOf(room: KnownRoom): Promise<void> {
    const { scheduleId } = room.settings;
    const answer = await this.#preparation.ask(scheduleId, () =>
      this.#line.call(scheduleId, this.#idsFor(room), this.#bounds.ttlMs),
    );
    if (answer.waiting > 0) this.#busy.add(scheduleId);
    else this.#busy.delete(scheduleId);
    const serving = servingAfter(answer.called, answer);
    if (answer.called.length > 0) await this.#record(scheduleId, answer.called, serving);
    else if (serving > answer.serving) await this.#advance(scheduleId, serving);
    await this.#announce(scheduleId, serving, answer.waiting);
  }

  async #record(scheduleId: number, called: readonly Called[], serving: number): Promise<void> {
    const { inside, spent, stillOpen, record } = await this.#unitOfWork.run((tx) =>
      recordAdmissions(tx, scheduleId, called, serving, this.#ids),
    );
    const settled = new Set(await this.#line.settle(scheduleId, serving, inside, spent));
    if (stillOpen.length > 0) await this.#line.occupy(scheduleId, stillOpen.map(slotOf));
    this.#metrics.admitted(record.length);
    await Promise.all(
      inside.filter(({ admissionId }) => settled.has(admissionId)).map((admitted) => this.#tell(scheduleId, admitted)),
    );
  }

  /** Those in front have left: the line has come further without anybody being called. */
  async #advance(scheduleId: number, serving: number): Promise<void> {
    await this.#unitOfWork.run((tx) => tx.rooms.raiseServing(scheduleId, serving));
    await this.#line.settle(scheduleId, serving, [], []);
  }

  #tell(scheduleId: number, { userId, admissionId, sequence, admittedAt, endsAt }: Called): Promise<void> {
    return this.#pushes.tell(userId, {
      type: 'queue.admitted',
      scheduleId,
      admissionId,
      sequence,
      admittedAtMs: admittedAt.getTime(),
      endsAtMs: endsAt.getTime(),
    });
  }

  async #announce(scheduleId: number, serving: number, waiting: number): Promise<void> {
    if (this.#announced.get(scheduleId) === serving) return;
    this.#directory.noteServing(scheduleId, serving);
    if (await this.#pushes.announce(scheduleId, serving, waiting, this.#bounds.announceEveryMs)) {
      this.#announced.set(scheduleId, serving);
    }
  }

  #isLive(room: KnownRoom): boolean {
    const phase = this.#directory.phase(room);
    return room.isUsed && (phase === 'queue' || phase === 'open' || phase === 'paused');
  }

  /** Ids are made before they are needed, and never used a second time: an answer that was lost may have used them. */
  #idsFor({ settings: { scheduleId, mode, ratePerSecond } }: KnownRoom): string[] {
    const busy = mode === 'open' ? this.#bounds.maxPerTurn : Math.min(ratePerSecond, this.#bounds.maxPerTurn);
    const count = this.#busy.has(scheduleId) ? busy : Math.min(IDLE_BATCH, busy);
    return Array.from({ length: Math.max(1, count) }, () => this.#ids.next());
  }
}

/** Records who was called, with the serving number and the events, in one transaction. */
export async function recordAdmissions(
  tx: QueueTx,
  scheduleId: number,
  called: readonly Called[],
  serving: number,
  ids: IdGenerator,
): Promise<Admitted<Called>> {
  // Two leaders that record at once do it one after the other.
  await tx.rooms.lock([scheduleId]);
  const known: Admission[] = await tx.admissions.lockOfFans(called.map(({ userId }) => ({ scheduleId, userId })));
  const admitted = admit(scheduleId, called, known);
  await tx.admissions.insert(admitted.record);
  await tx.rooms.raiseServing(scheduleId, serving);
  await tx.outbox.add(admitted.record.map((admission) => admittedEvent(admission, ids)));
  return admitted;
}
