import type { Outbox } from '@stagedoor/messaging';
import type { Offsets } from '../domain/backlog.ts';
import type { DeadLetter, DeadLetterAction, DeadLetterStatus } from '../domain/dead-letter.ts';
import type { VerdictKind } from '../domain/decide.ts';
import type { Decision, Payment, PaymentOrder, Refund, RefundReport } from '../domain/payment.ts';

/** A payment as it was locked, and as it is to be written. */
export interface PaymentChange {
  before: Payment;
  after: Payment;
  /** What the refunds that were added are to say. */
  refunds: readonly Refund[];
}

/** Payments by reservation. Whatever is answered is locked, in the order of ids, until the transaction ends. */
export interface PaymentStore {
  /**
   * Opens a payment for each order whose reservation is not known, and answers those that were known, as they stand. A
   * reservation of which only results came is known.
   */
  open(orders: readonly PaymentOrder[], now: Date): Promise<Payment[]>;
  /** Every one of them: for a reservation that is not known a row is made, at which its request will wait. */
  lock(reservationIds: readonly string[], now: Date): Promise<Payment[]>;
  /** Those of them that are not decided; none is made. */
  lockUndecided(reservationIds: readonly string[]): Promise<Payment[]>;
  /** Writes what differs. */
  save(changes: readonly PaymentChange[], now: Date): Promise<void>;
}

/** What became of refunds, for the timeline. */
export interface RefundStore {
  /** Notes results of refunds, also of those that others asked for. The first result of a refund stays. */
  report(reports: readonly RefundReport[]): Promise<void>;
}

/** Dead letters by id. */
export interface DeadLetterStore {
  /** Stores those that are not there yet; answers how many that were, by where they stood before. */
  add(letters: readonly DeadLetter[], now: Date): Promise<number>;
  /** Locks one until the transaction ends. */
  lock(id: string): Promise<DeadLetter | null>;
  /** Writes what was done about a locked one, with its audit entry. */
  resolve(action: DeadLetterAction): Promise<void>;
}

/** What one database transaction may touch. Payments are locked before refunds. */
export interface ResultTx {
  payments: PaymentStore;
  refunds: RefundStore;
  deadLetters: DeadLetterStore;
  outbox: Outbox;
  /** Called once the transaction has committed, never when it rolled back. */
  afterCommit(callback: () => void): void;
}

/** Where the group of this app stands in payment-results, as Kafka knows it. */
export interface ResultBacklog {
  /** Per partition, the offset that the next result will get. Rejects while Kafka cannot be asked. */
  ends(): Promise<Offsets>;
  /** Per partition, how far the group has come: everything below it that can still be read is in the database. */
  processed(): Promise<Offsets>;
}

/** Looks for work outside of transactions. */
export interface DueFinder {
  /** Payments that are pending with a deadline before this, the longest overdue first. */
  overdue(before: Date, limit: number): Promise<string[]>;
}

/** Removes what was kept long enough. */
export interface Pruner {
  /** Removes at most `limit` decisions whose keeping ended before `now`; answers how many. */
  pruneDecisions(now: Date, limit: number): Promise<number>;
  /** Removes at most `limit` refunds whose result came before this; answers how many. */
  pruneRefunds(processedBefore: Date, limit: number): Promise<number>;
}

/** Counts what was committed. */
export interface ResultMetrics {
  decided(command: 'request' | 'result' | 'deadline', kind: VerdictKind): void;
  refundAsked(reason: string): void;
  refundReported(status: 'REFUNDED' | 'VOIDED'): void;
  deadLettersStored(count: number): void;
  deadLetterResolved(action: 'REPLAYED' | 'DISCARDED'): void;
  /** Whether payments past their deadline are being expired; if not, Kafka cannot be asked or came back a moment ago. */
  sweeping(possible: boolean): void;
}

/** A refund as it is recorded. */
export interface RefundRecord {
  refundKey: string;
  chargeKey: string;
  /** In won; null where only its result is known. */
  amount: number | null;
  reason: string | null;
  status: 'REQUESTED' | 'REFUNDED' | 'VOIDED';
  /** Null where others asked for it. */
  requestedAt: Date | null;
  processedAt: Date | null;
}

/** A result that waits for its request. */
export interface EarlyResultRecord {
  chargeKey: string | null;
  status: 'SUCCESS' | 'FAILED';
  failReason: string | null;
  amount: number | null;
  receivedAt: Date;
}

/** All that is recorded of one reservation's payment. */
export interface PaymentRecord {
  reservationId: string;
  order: PaymentOrder | null;
  decision: Decision | null;
  /** How often its request has come. */
  requestsSeen: number;
  refunds: readonly RefundRecord[];
  early: readonly EarlyResultRecord[];
}

/** Payments as people look at them. */
export interface PaymentReader {
  /** Null where nothing was heard of the reservation. */
  find(reservationId: string): Promise<PaymentRecord | null>;
}

/** Dead letters as people look at them. */
export interface DeadLetterReader {
  /** Newest first, at most `limit`, only those stored before the one named `before`. */
  list(filter: {
    topic?: string | undefined;
    status?: DeadLetterStatus | undefined;
    errorCode?: string | undefined;
    /** Failed at this moment or later. */
    since?: Date | undefined;
    /** Failed before this moment. */
    until?: Date | undefined;
    limit: number;
    before?: string | undefined;
  }): Promise<DeadLetter[]>;
  /** With what was done about it, oldest first. */
  find(id: string): Promise<{ letter: DeadLetter; actions: DeadLetterAction[] } | null>;
  /** What was done about any of them, newest first, at most `limit`, only what was done before the one named `before`. */
  actions(filter: {
    actor?: string | undefined;
    limit: number;
    before?: string | undefined;
  }): Promise<DeadLetterAction[]>;
}

/** Where Kafka puts a record. */
export interface PartitionFinder {
  /** The partition that a record of this key goes to; null while Kafka cannot be asked. */
  partitionOf(topic: string, key: string): Promise<number | null>;
}

/** What is measured when metrics are asked for. */
export interface ResultGauges {
  pending: number;
  /** How long ago the oldest pending payment was requested; 0 where there is none. */
  oldestPendingMs: number;
  /** Reservations of which only results came. */
  awaitingRequest: number;
  deadLetters: readonly { topic: string; status: DeadLetterStatus; count: number }[];
}

/** Reads the gauges. */
export interface GaugeReader {
  read(now: Date): Promise<ResultGauges>;
}
