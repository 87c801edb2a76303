import type { OutboundMessage } from '@stagedoor/contracts';

/** Everything that reconcile can find, and what it means. */
export const kinds = {
  REQUEST_UNANSWERED: 'pending past its deadline, and nobody has decided',
  OUTCOME_NOT_APPLIED: 'decided, and the reservation does not know',
  CHARGE_LOST: 'confirmed, and payment-worker does not know the charge',
  CHARGE_FAILED: 'confirmed, and the charge is recorded as failed',
  CHARGE_RETURNED: 'confirmed, and the charge was given back',
  CHARGE_IN_DOUBT: 'an attempt to charge of which nobody asked what became',
  CHARGE_DIFFERS: 'confirmed, and the charge is of another amount or fan',
  DECISION_LOST: 'confirmed and charged, and result-worker has no such decision',
  CHARGE_NOT_RETURNED: 'not confirmed, and the charge was not given back',
  REFUND_NOT_TOLD: 'given back, and who asked for it does not know',
  REFUND_NOT_MADE: 'asked to be given back, and it was not',
  RESERVATION_LOST: 'charged, and reservation-service does not know the reservation',
  WALLET_DIFFERS: 'a balance is not the sum of its entries',
  WALLET_NEGATIVE: 'a balance is below zero',
  ENTRY_WITHOUT_CAUSE: 'an entry of the ledger has no payment, refund or top-up',
  CAUSE_WITHOUT_ENTRY: 'a payment, refund or top-up has no entry in the ledger',
  SCHEDULE_LOST: 'there is a waiting room, and reservation-service does not know the schedule',
} as const;

export type Kind = keyof typeof kinds;

/** What mends a difference. */
export type Remedy =
  /** Messages that take the idempotent path of the topics. */
  | { by: 'messages'; messages: readonly MessagePlan[] }
  /** As those, but it decides something: only when it is asked for by name. */
  | { by: 'messages-if-asked'; option: '--refund-lost'; messages: readonly MessagePlan[] }
  /** Somebody has to do something; `how` says what. */
  | { by: 'hand'; how: string };

/** A message without what each sending gives it. */
export type MessagePlan = (meta: { eventId: string; now: Date }) => OutboundMessage;

/** One thing that the databases do not agree about. */
export interface Difference {
  kind: Kind;
  /** The id or key that it is about. */
  subject: string;
  detail: string;
  remedy: Remedy;
}
