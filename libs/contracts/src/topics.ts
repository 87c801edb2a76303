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

/** Every topic of the system, with the settings of design §3. */
export const topics = {
  paymentRequests: {
    name: 'payment-requests',
    kind: 'PaymentRequest',
    version: 1,
    partitions: 10,
    retentionMs: 7 * DAY_MS,
    schema: paymentRequestSchema,
    writtenSchema: writtenPaymentRequestSchema,
    key: (request) => request.userId,
  } satisfies TopicDefinition<PaymentRequest> as TopicDefinition<PaymentRequest>,
  paymentResults: {
    name: 'payment-results',
    kind: 'PaymentResult',
    version: 1,
    partitions: 10,
    retentionMs: 7 * DAY_MS,
    schema: paymentResultSchema,
    writtenSchema: writtenPaymentResultSchema,
    key: (result) => result.reservationId,
  } satisfies TopicDefinition<PaymentResult> as TopicDefinition<PaymentResult>,
  reservationOutcomes: {
    name: 'reservation-outcomes',
    kind: 'ReservationOutcome',
    version: 1,
    partitions: 10,
    retentionMs: 7 * DAY_MS,
    schema: reservationOutcomeSchema,
    writtenSchema: writtenReservationOutcomeSchema,
    key: (outcome) => outcome.reservationId,
  } satisfies TopicDefinition<ReservationOutcome> as TopicDefinition<ReservationOutcome>,
  refundRequests: {
    name: 'refund-requests',
    kind: 'RefundRequest',
    version: 1,
    partitions: 10,
    retentionMs: 7 * DAY_MS,
    schema: refundRequestSchema,
    writtenSchema: writtenRefundRequestSchema,
    key: (request) => request.userId,
  } satisfies TopicDefinition<RefundRequest> as TopicDefinition<RefundRequest>,
  refundResults: {
    name: 'refund-results',
    kind: 'RefundResult',
    version: 1,
    partitions: 10,
    retentionMs: 7 * DAY_MS,
    schema: refundResultSchema,
    writtenSchema: writtenRefundResultSchema,
    key: (result) => result.reservationId,
  } satisfies TopicDefinition<RefundResult> as TopicDefinition<RefundResult>,
  domainEvents: {
    name: 'data-platform-events',
    kind: 'DomainEvent',
    version: 1,
    partitions: 6,
    retentionMs: 30 * DAY_MS,
    schema: domainEventSchema,
    writtenSchema: writtenDomainEventSchema,
    key: (event) => String(event.scheduleId),
  } satisfies TopicDefinition<DomainEvent> as TopicDefinition<DomainEvent>,
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
