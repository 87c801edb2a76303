import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import type { RefundRecord, ResultTx } from '../../src/application/ports.ts';
import type { DeadLetter, DeadLetterAction } from '../../src/domain/dead-letter.ts';
import type { Payment } from '../../src/domain/payment.ts';
import { memoryResultTx } from './memory-result-tx.ts';

/** The rows of the app's tables, by primary key where they have one. Rows are replaced, never changed. */
export interface MemoryTables {
  payments: Map<string, Payment>;
  refunds: Map<string, RefundRecord & { reservationId: string; userId: string }>;
  deadLetters: Map<string, DeadLetter>;
  actions: DeadLetterAction[];
  outbox: OutboundMessage[];
}

/** The app's database in memory: transactions run one after another, and leave nothing behind when they fail. */
export class MemoryDatabase implements UnitOfWork<ResultTx> {
  tables: MemoryTables = {
    payments: new Map(),
    refunds: new Map(),
    deadLetters: new Map(),
    actions: [],
    outbox: [],
  };
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: (tx: ResultTx) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const draft = copy(this.tables);
      const afterCommit: (() => void)[] = [];
      const result = await work(memoryResultTx(draft, (callback) => afterCommit.push(callback)));
      this.tables = draft;
      for (const callback of afterCommit) callback();
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

const copy = (tables: MemoryTables): MemoryTables => ({
  payments: new Map(tables.payments),
  refunds: new Map(tables.refunds),
  deadLetters: new Map(tables.deadLetters),
  actions: [...tables.actions],
  outbox: [...tables.outbox],
});
