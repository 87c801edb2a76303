import { type Clock, Problem, type UnitOfWork } from '@stagedoor/platform';
import { type Admission, liveHolds } from '../domain/admission.ts';
import type { QueueReads, QueueTx, StoredRoom } from './ports.ts';
import { lineSettings, type RoomDirectory } from './room-directory.ts';
import type { Slot, WaitingLine } from './waiting-line.ts';

/** Bounds of how rooms are prepared. */
export interface PreparationBounds {
  /** Sequence numbers in a block: what one write gives, and at most what is skipped after a loss. */
  blockSize: number;
  /** How long nobody is called after a loss. */
  recoverMs: number;
}

// If whoever fetches dies, another one does after this.
const FETCH_CLAIM_MS = 2_000;
const RETRY_MS = 20;
const MAX_RETRIES = 150;

/** Gives the line what it needs from the database: blocks of sequence numbers, and whole rooms after a loss. */
export class RoomPreparation {
  readonly #line: WaitingLine;
  readonly #unitOfWork: UnitOfWork<QueueTx>;
  readonly #reads: Pick<QueueReads, 'openAdmissions'>;
  readonly #directory: RoomDirectory;
  readonly #clock: Clock;
  readonly #bounds: PreparationBounds;
  /** One at a time per room in this process. */
  readonly #underWay = new Map<number, Promise<void>>();

  constructor(parts: {
    line: WaitingLine;
    unitOfWork: UnitOfWork<QueueTx>;
    reads: Pick<QueueReads, 'openAdmissions'>;
    directory: RoomDirectory;
    clock: Clock;
    bounds: PreparationBounds;
  }) {
    this.#line = parts.line;
    this.#unitOfWork = parts.unitOfWork;
    this.#reads = parts.reads;
    this.#directory = parts.directory;
    this.#clock = parts.clock;
    this.#bounds = parts.bounds;
  }

  /**
   * Asks the line, and gives it what it misses until it can answer.
   * @throws Problem UNAVAILABLE when that takes too long
   */
  async ask<Answer extends { kind: string }>(
    scheduleId: number,
    question: () => Promise<Answer>,
  ): Promise<Exclude<Answer, { kind: 'NOT_PREPARED' } | { kind: 'OUT_OF_NUMBERS' }>> {
    for (let attempt = 0; attempt < MAX_RETRIES; attempt++) {
      const answer = await question();
      if (answer.kind === 'NOT_PREPARED') await this.prepare(scheduleId);
      else if (answer.kind === 'OUT_OF_NUMBERS') await this.fetchNumbers(scheduleId);
      else return answer as Exclude<Answer, { kind: 'NOT_PREPARED' } | { kind: 'OUT_OF_NUMBERS' }>;
    }
    throw new Problem('UNAVAILABLE', 'the waiting room is being prepared', { retryAfterSeconds: 2 });
  }

  /** Whether it is time to fetch the next block, so that nobody has to wait for it. */
  isShort(numbersLeft: number): boolean {
    return numbersLeft < this.#bounds.blockSize / 2;
  }

  /** Takes the next block of numbers and gives it to the line; where another replica is at it, waits a moment. */
  fetchNumbers(scheduleId: number): Promise<void> {
    return this.#alone(scheduleId, async () => {
      const numbers = await this.#unitOfWork.run((tx) => tx.rooms.takeNumbers(scheduleId, this.#bounds.blockSize));
      await this.#line.giveNumbers(scheduleId, numbers);
    });
  }

  /** Makes the room known to a line that lost it, or never had it; where another replica is at it, waits a moment. */
  prepare(scheduleId: number): Promise<void> {
    return this.#alone(scheduleId, async () => {
      const remains = await this.#line.remains(scheduleId);
      const { room, numbers } = await this.#unitOfWork.run(async (tx) => {
        const [locked] = await tx.rooms.lock([scheduleId]);
        if (locked === undefined) throw new Problem('NOT_FOUND');
        const { blockSize } = this.#bounds;
        const numbers = await tx.rooms.takeNumbersAfterLoss(scheduleId, blockSize, this.#clock.now());
        // Nobody waited a moment ago: whoever comes now is the first, and not behind the numbers that are skipped. One
        // who joined in that moment has a number that is called already, and comes first.
        const serving = remains === 0 ? numbers.low : this.#servingOf(locked);
        await tx.rooms.raiseServing(scheduleId, serving);
        return { room: { ...locked, serving, sequenceHigh: numbers.high }, numbers };
      });
      // Before anybody can be answered by the line that is prepared: a poll must know that its place may be missing.
      this.#directory.put(room);
      this.#directory.noteLoss(scheduleId, numbers.low);
      const open = await this.#reads.openAdmissions(scheduleId);
      await this.#line.prepare(scheduleId, {
        settings: lineSettings(room),
        numbers,
        serving: room.serving,
        inside: open.map(slotOf),
        recoverMs: numbers.low > 0 ? this.#bounds.recoverMs : 0,
      });
    });
  }

  #servingOf(room: StoredRoom): number {
    return Math.max(room.serving, this.#directory.get(room.scheduleId)?.serving ?? 0);
  }

  #alone(scheduleId: number, work: () => Promise<void>): Promise<void> {
    const underWay = this.#underWay.get(scheduleId);
    if (underWay !== undefined) return underWay;
    const begun = (async () => {
      if (await this.#line.claimFetch(scheduleId, FETCH_CLAIM_MS)) await work();
      else await this.#clock.sleep(RETRY_MS);
    })().finally(() => this.#underWay.delete(scheduleId));
    this.#underWay.set(scheduleId, begun);
    return begun;
  }
}

/** The slot that an open admission takes. */
export const slotOf = (admission: Admission): Slot => ({
  admissionId: admission.id,
  userId: admission.userId,
  sequence: admission.sequence,
  admittedAt: admission.admittedAt,
  endsAt: admission.endsAt,
  kept: liveHolds(admission) > 0,
});
