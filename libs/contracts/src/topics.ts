import type { z } from 'zod';
import { type DomainEvent, domainEventSchema, writtenDomainEventSchema } from './messages/domain-event.ts';
import { type PaymentRequest, paymentRequestSchema, writtenPaymentRequestSchema } from './messages/payment-request.ts';
import { type PaymentResult, paymentResultSchema, writtenPaymentResultSchema } from './messages/payment-result.ts';
import { type RefundRequest, refundRequestSchema, writtenRefundRequestSchema } from './messages/refund-request.ts';
import { type RefundResult, refundResultSchema, writtenRefundResultSchema } from './messages/refund-result.ts';
import {
  type ReservationOutcome,
  reservationOutcomeSchema,
  writtenReservationOutcomeSchema,
} from './messages/reservation-outcome.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What the broker is told when a topic is created. */
export interface TopicSettings {
  name: string;
  partitions: number;
  retentionMs: number;
}

/** A topic and the one kind of message on it. */
export interface TopicDefinition<T> extends TopicSettings {
  /** The message's name: the `event-type` header of what has no type of its own, and the name in the documents. */
  kind: string;
  /** The `schema-version` that is written. */
  version: number;
  /** Tolerant: what a reader takes. */
  schema: z.ZodType<T>;
  /** Strict: what a writer may send. */
  writtenSchema: z.ZodType;
  /** The record key: messages of one key stay in order. */
  key: (value: T) => string;
}

type OwnSettings<T> = Pick<TopicDefinition<T>, 'name' | 'kind' | 'schema' | 'writtenSchema' | 'key'>;

/** What most topics have in common; a topic that differs says so. */
const topic = <T>(own: OwnSettings<T> & Partial<TopicDefinition<T>>): TopicDefinition<T> => ({
  version: 1,
  partitions: 10,
  retentionMs: 7 * DAY_MS,
  ...own,
});

/** Every topic of the system, with the settings of design §3. */
export const topics = {
  paymentRequests: topic<PaymentRequest>({
    name: 'payment-requests',
    kind: 'PaymentRequest',
    schema: paymentRequestSchema,
    writtenSchema: writtenPaymentRequestSchema,
    key: (request) => request.userId,
  }),
  paymentResults: topic<PaymentResult>({
    name: 'payment-results',
    kind: 'PaymentResult',
    schema: paymentResultSchema,
    writtenSchema: writtenPaymentResultSchema,
    key: (result) => result.reservationId,
  }),
  reservationOutcomes: topic<ReservationOutcome>({
    name: 'reservation-outcomes',
    kind: 'ReservationOutcome',
    schema: reservationOutcomeSchema,
    writtenSchema: writtenReservationOutcomeSchema,
    key: (outcome) => outcome.reservationId,
  }),
  refundRequests: topic<RefundRequest>({
    name: 'refund-requests',
    kind: 'RefundRequest',
    schema: refundRequestSchema,
    writtenSchema: writtenRefundRequestSchema,
    key: (request) => request.userId,
  }),
  refundResults: topic<RefundResult>({
    name: 'refund-results',
    kind: 'RefundResult',
    schema: refundResultSchema,
    writtenSchema: writtenRefundResultSchema,
    key: (result) => result.reservationId,
  }),
  domainEvents: topic<DomainEvent>({
    name: 'data-platform-events',
    kind: 'DomainEvent',
    partitions: 6,
    retentionMs: 30 * DAY_MS,
    schema: domainEventSchema,
    writtenSchema: writtenDomainEventSchema,
    key: (event) => String(event.scheduleId),
  }),
} as const;

const DEAD_LETTER_PARTITIONS = 3;
const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

/** Where a message of this topic goes that can never be processed. Nothing goes to a `.dlq.dlq` (design §3). */
export const deadLetterTopic = (name: string): string => `${name}.dlq`;

/** What must exist on the broker before any service starts: each topic and its dead-letter topic. */
export const allTopics: readonly TopicSettings[] = Object.values(topics).flatMap(
  ({ name, partitions, retentionMs }) => [
    { name, partitions, retentionMs },
    {
      name: deadLetterTopic(name),
      partitions: DEAD_LETTER_PARTITIONS,
      retentionMs: DEAD_LETTER_RETENTION_MS,
    },
  ],
);
