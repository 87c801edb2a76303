import { z } from 'zod';
import { idSchema, positiveIntegerSchema } from '../id.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

export const reservationStatuses = [
  'TEMPORARY_ASSIGNED',
  'PAYMENT_PENDING',
  'CONFIRMED',
  'PAYMENT_FAILED',
  'EXPIRED',
  'CANCELLED',
] as const;

export type ReservationStatus = (typeof reservationStatuses)[number];

export const reservationEventTypes = [
  'reservation.held',
  'reservation.payment-pending',
  'reservation.confirmed',
  'reservation.payment-failed',
  'reservation.expired',
  'reservation.cancelled',
  'reservation.refunded',
] as const;

export const scheduleEventTypes = [
  'schedule.published',
  'schedule.updated',
  'schedule.cancelled',
  'schedule.sold-out',
] as const;

export const queueEventTypes = ['queue.admitted', 'queue.left'] as const;

export const domainEventTypes = [...scheduleEventTypes, ...queueEventTypes, ...reservationEventTypes] as const;

export type DomainEventType = (typeof domainEventTypes)[number];

/** What a reservation became. `version` counts its events from 1; a consumer ignores a version that it has seen passed. */
export const reservationEventDataSchema = z.object({
  reservationId: idSchema,
  userId: idSchema,
  seatNumber: positiveIntegerSchema,
  amount: positiveIntegerSchema,
  status: z.enum(reservationStatuses),
  reason: z.string().max(255).nullable(),
  version: positiveIntegerSchema,
});

/** The whole of what other services know of a schedule, in each of its events. */
const scheduleEventData = (timestamp: z.ZodType<string>) =>
  z.object({
    concertId: positiveIntegerSchema,
    title: z.string(),
    venue: z.string(),
    startsAt: timestamp,
    opensAt: timestamp,
    salesEndAt: timestamp.nullable(),
    seatsTotal: positiveIntegerSchema,
    status: z.enum(['ON_SALE', 'SOLD_OUT', 'CANCELLED']),
    reason: z.string().max(255).nullable(),
  });

/** An admission that began or ended; `admissionId` is the admission token's `jti`. */
export const queueEventDataSchema = z.object({
  userId: idSchema,
  admissionId: idSchema,
  reason: z.string().max(255).nullable(),
});

export type ReservationEventData = z.infer<typeof reservationEventDataSchema>;
export type ScheduleEventData = z.infer<ReturnType<typeof scheduleEventData>>;
export type QueueEventData = z.infer<typeof queueEventDataSchema>;

function knownEvent(timestamp: z.ZodType<string>) {
  const envelope = {
    eventId: idSchema,
    scheduleId: positiveIntegerSchema,
    occurredAt: timestamp,
  };
  return z.discriminatedUnion('type', [
    z.object({
      ...envelope,
      type: z.enum(reservationEventTypes),
      data: reservationEventDataSchema,
    }),
    z.object({
      ...envelope,
      type: z.enum(scheduleEventTypes),
      data: scheduleEventData(timestamp),
    }),
    z.object({
      ...envelope,
      type: z.enum(queueEventTypes),
      data: queueEventDataSchema,
    }),
  ]);
}

const isKnownType = (type: string): boolean => (domainEventTypes as readonly string[]).includes(type);

/** An event of a type that this version does not know: a newer writer's, for a newer reader. */
const unknownEventSchema = z.object({
  eventId: idSchema,
  scheduleId: positiveIntegerSchema,
  occurredAt: tolerantTimestampSchema,
  type: z
    .string()
    .max(64)
    .refine((type) => !isKnownType(type))
    .transform(() => 'unknown' as const),
  data: z.unknown(),
});

/** Something that happened, told to whoever listens (design §3). */
export const domainEventSchema = z.union([knownEvent(tolerantTimestampSchema), unknownEventSchema]);

export type DomainEvent = z.infer<typeof domainEventSchema>;

export const writtenDomainEventSchema = knownEvent(strictTimestampSchema);

export type WrittenDomainEvent = z.infer<typeof writtenDomainEventSchema>;
