import type { OutboundMessage } from '@stagedoor/contracts';
import type { UnitOfWork } from '@stagedoor/platform';
import type { PaymentTx } from '../../src/application/ports.ts';
import type { Transfer } from '../../src/domain/ledger.ts';
import type { Payment } from '../../src/domain/payment.ts';
import type { Refund } from '../../src/domain/refund.ts';
import type { TopUp } from '../../src/domain/top-up.ts';
import { memoryPaymentTx } from './memory-payment-tx.ts';

/** The rows of the app's tables, by primary key where they have one. Rows are replaced, never changed. */
export interface MemoryTables {
  wallets: Map<string, number>;
  /** By kind and reference. */
  transfers: Map<string, Transfer>;
  payments: Map<string, Payment>;
  refunds: Map<string, Refund>;
  topUps: Map<string, TopUp>;
  outbox: OutboundMessage[];
}

/** The app's database in memory: transactions run one after another, and leave nothing behind when they fail. */
export class MemoryDatabase implements UnitOfWork<PaymentTx> {
  tables: MemoryTables = {
    wallets: new Map(),
    transfers: new Map(),
    payments: new Map(),
    refunds: new Map(),
    topUps: new Map(),
    outbox: [],
  };
  /** Transactions that were committed. */
  commits = 0;
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: (tx: PaymentTx) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const draft = copy(this.tables);
      const result = await work(memoryPaymentTx(draft));
      this.tables = draft;
      this.commits++;
      return result;
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function copy(tables: MemoryTables): MemoryTables {
  return {
    wallets: new Map(tables.wallets),
    transfers: new Map(tables.transfers),
    payments: new Map(tables.payments),
    refunds: new Map(tables.refunds),
    topUps: new Map(tables.topUps),
    outbox: [...tables.outbox],
  };
}
