import type { OutboundMessage, RawMessage } from '@stagedoor/contracts';
import { type Clock, GroupCommit, type IdGenerator, type UnitOfWork } from '@stagedoor/platform';
import { type DeadLetter, type DeadLetterAction, deadLetterOf } from '../domain/dead-letter.ts';
import { type ReplayVerdict, replay } from '../domain/replay.ts';
import type { ResultMetrics, ResultTx } from './ports.ts';

/** What DeadLetters is built from. */
export interface DeadLettersOptions {
  unitOfWork: UnitOfWork<ResultTx>;
  clock: Clock;
  ids: IdGenerator;
  metrics: ResultMetrics;
  /** Most records in one transaction; their values can be large. */
  maxBatch: number;
  /** Most records that wait for theirs; one more is refused, and its message waits. */
  maxQueued: number;
}

/** Somebody's order about a dead letter. */
export interface Resolution {
  id: string;
  actor: string;
  reason: string;
}

export type NotFound = { kind: 'not-found' };
export type DiscardVerdict = NotFound | { kind: 'discarded' } | { kind: 'rejected'; reason: 'ALREADY_RESOLVED' };

/** Keeps what could not be processed, and does what people decide about it (design §3, §6). */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #storing: GroupCommit<RawMessage, undefined>;

  constructor(options: DeadLettersOptions) {
    this.#options = options;
    this.#storing = new GroupCommit({
      name: 'dead letters',
      maxBatch: options.maxBatch,
      maxQueued: options.maxQueued,
      execute: (records) => this.#storeAll(records),
    });
  }

  /** Resolves once the record is kept; the same one again is no second dead letter. */
  async store(raw: RawMessage): Promise<void> {
    await this.#storing.submit(raw);
  }

  /** Resolves once nothing is being stored. */
  drain(): Promise<void> {
    return this.#storing.drain();
  }

  /** Sends it back, with `repaired` instead of its own value where that is given. */
  replay({ id, actor, reason }: Resolution, repaired: Buffer | null): Promise<ReplayVerdict | NotFound> {
    return this.#options.unitOfWork.run(async (tx) => {
      const letter = await tx.deadLetters.lock(id);
      if (letter === null) return { kind: 'not-found' };
      const verdict = replay(letter, repaired);
      if (verdict.kind === 'replayed') {
        const value = repaired === null ? null : verdict.message.value;
        await this.#resolve(tx, { deadLetterId: id, action: 'REPLAYED', actor, reason, value }, [verdict.message]);
      }
      return verdict;
    });
  }

  /** Puts it away for good; the record stays readable. */
  discard({ id, actor, reason }: Resolution): Promise<DiscardVerdict> {
    return this.#options.unitOfWork.run(async (tx) => {
      const letter: DeadLetter | null = await tx.deadLetters.lock(id);
      if (letter === null) return { kind: 'not-found' };
      if (letter.status !== 'NEW') return { kind: 'rejected', reason: 'ALREADY_RESOLVED' };
      await this.#resolve(tx, { deadLetterId: id, action: 'DISCARDED', actor, reason, value: null }, []);
      return { kind: 'discarded' };
    });
  }

  async #storeAll(records: readonly RawMessage[]): Promise<undefined[]> {
    const { unitOfWork, clock, ids, metrics } = this.#options;
    const letters = records.map((raw) => deadLetterOf(raw, ids.next()));
    await unitOfWork.run(async (tx) => {
      const stored = await tx.deadLetters.add(letters, clock.now());
      tx.afterCommit(() => metrics.deadLettersStored(stored));
    });
    return records.map(() => undefined);
  }

  async #resolve(tx: ResultTx, action: Omit<DeadLetterAction, 'id' | 'at'>, messages: readonly OutboundMessage[]) {
    const { ids, clock, metrics } = this.#options;
    await tx.deadLetters.resolve({ ...action, id: ids.next(), at: clock.now() });
    await tx.outbox.add(messages);
    tx.afterCommit(() => metrics.deadLetterResolved(action.action));
  }
}
