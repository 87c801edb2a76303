import type { Outbox } from '@stagedoor/messaging';
import { TransientError } from '@stagedoor/platform';
import type { Transfer, TransferKind } from '../domain/ledger.ts';
import type { Payment, SettledPayment } from '../domain/payment.ts';
import type { Refund, SettledRefund } from '../domain/refund.ts';
import type { TopUp, TopUpOrder } from '../domain/top-up.ts';
import type { Wallet } from '../domain/wallet.ts';

/**
 * A row that was not there when it was looked for is there now: another transaction wrote the same key in between. The
 * whole transaction must be decided anew. Only for keys where that is expected; any other duplicate is a mistake of ours.
 */
export class ConcurrentWriteError extends TransientError {}

/** Fans' balances. */
export interface WalletStore {
  /** Locks the wallets that exist, in the order of their ids, until the transaction ends. */
  lock(userIds: readonly string[]): Promise<Wallet[]>;
  /** @throws ConcurrentWriteError when one exists by now */
  insert(wallets: readonly Wallet[], at: Date): Promise<void>;
  /** Writes the balances of locked wallets. */
  update(wallets: readonly Wallet[]): Promise<void>;
}

/** The double-entry ledger: only ever added to. */
export interface TransferStore {
  /** Ids rise in the order given. */
  insert(transfers: readonly Transfer[]): Promise<void>;
}

/** Payments by their idempotency key; never pruned. */
export interface PaymentStore {
  /** Reads without locking: what is SETTLED does not change but for its claim. */
  find(idempotencyKeys: readonly string[]): Promise<Payment[]>;
  /** As find, and locks them, in the order of their keys, until the transaction ends. */
  lock(idempotencyKeys: readonly string[]): Promise<Payment[]>;
  /** The payments that claim these reservations. */
  claiming(reservationIds: readonly string[]): Promise<Payment[]>;
  /** @throws ConcurrentWriteError when a key is known, or a reservation claimed, by now */
  insert(payments: readonly Payment[]): Promise<void>;
  /** Writes the verdicts of locked payments that were ATTEMPTED. */
  settle(payments: readonly SettledPayment[]): Promise<void>;
  /** Ends the claims of locked payments. */
  release(idempotencyKeys: readonly string[]): Promise<void>;
}

/** Refunds by their refund key; never pruned. Whoever writes one has locked or inserted the payment that it is about. */
export interface RefundStore {
  find(refundKeys: readonly string[]): Promise<Refund[]>;
  insert(refunds: readonly Refund[]): Promise<void>;
  /** Writes the results of refunds that were ATTEMPTED. */
  settle(refunds: readonly SettledRefund[]): Promise<void>;
}

/** Top-ups by requester and key, and by their outside reference. */
export interface TopUpStore {
  findByKey(orders: readonly TopUpOrder[]): Promise<TopUp[]>;
  findByReference(references: readonly string[]): Promise<TopUp[]>;
  /** @throws ConcurrentWriteError when a key or a reference is known by now */
  insert(topUps: readonly TopUp[]): Promise<void>;
}

/**
 * What one database transaction may touch. Locks are taken in this order everywhere: wallets, payments, then what hangs on
 * them, so that transactions wait for each other instead of blocking each other.
 */
export interface PaymentTx {
  wallets: WalletStore;
  transfers: TransferStore;
  payments: PaymentStore;
  refunds: RefundStore;
  topUps: TopUpStore;
  outbox: Outbox;
}

/** One line of a fan's statement. */
export interface WalletEntry {
  id: number;
  kind: TransferKind;
  /** In won; negative where it left the wallet. */
  amount: number;
  /** In won. */
  balanceAfter: number;
  reference: string;
  at: Date;
}

/** What fans read of their wallets. */
export interface WalletReader {
  /** In won; 0 where there is no wallet yet. */
  balanceOf(userId: string): Promise<number>;
  /** Newest first, at most `limit`, only those with an id below `before` where it is given. */
  entriesOf(userId: string, page: { limit: number; before?: number | undefined }): Promise<WalletEntry[]>;
}

/** Counts what was committed. */
export interface PaymentMetrics {
  /** A payment got its verdict. */
  settled(payment: SettledPayment): void;
  /** A key that had its verdict was answered again. */
  repeated(kind: 'payment' | 'refund' | 'topUp'): void;
  /** A key came with other terms. */
  conflicted(): void;
  /** A refund was done. */
  refunded(refund: SettledRefund): void;
  /** A refund order does not fit its charge. */
  refundRefused(): void;
  /** In won. */
  toppedUp(amount: number): void;
}
