import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import type { FanOfSchedule, Pruning, QueueReads, QueueTx } from '../../src/application/ports.ts';
import type { Admission } from '../../src/domain/admission.ts';
import { memoryQueueReads } from './memory-queue-reads.ts';
import { memoryQueueTx, type QueueTables } from './memory-queue-tx.ts';

/** The database in memory: transactions one after another, each on a copy that is kept or thrown away. */
export class MemoryQueueStore implements UnitOfWork<QueueTx>, QueueReads, Pruning {
  #state: QueueTables = {
    rooms: new Map(),
    admissions: new Map(),
    departures: new Map(),
    audit: [],
    outbox: [],
  };
  #last: Promise<unknown> = Promise.resolve();

  get outbox(): readonly OutboundMessage[] {
    return this.#state.outbox;
  }

  get audit(): readonly object[] {
    return this.#state.audit;
  }

  get admissions(): Admission[] {
    return [...this.#state.admissions.values()];
  }

  run<T>(work: (tx: QueueTx) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const copy: QueueTables = {
        rooms: new Map(this.#state.rooms),
        admissions: new Map(this.#state.admissions),
        departures: new Map(this.#state.departures),
        audit: [...this.#state.audit],
        outbox: [...this.#state.outbox],
      };
      const result = await work(memoryQueueTx(copy));
      this.#state = copy;
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  roomsSince(moment: Date | null) {
    return memoryQueueReads(this.#state).roomsSince(moment);
  }

  openAdmissions(scheduleId: number) {
    return memoryQueueReads(this.#state).openAdmissions(scheduleId);
  }

  spentSequences(fans: readonly FanOfSchedule[]) {
    return memoryQueueReads(this.#state).spentSequences(fans);
  }

  openAdmissionOf(fan: FanOfSchedule) {
    return memoryQueueReads(this.#state).openAdmissionOf(fan);
  }

  pruneAdmissions(endedBefore: Date, limit: number) {
    return memoryQueueReads(this.#state).pruneAdmissions(endedBefore, limit);
  }

  pruneDepartures(leftBefore: Date, limit: number) {
    return memoryQueueReads(this.#state).pruneDepartures(leftBefore, limit);
  }
}
