import { z } from 'zod';
import { effectKeySchema, idSchema, positiveIntegerSchema } from '../id.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

/** The one decision on a reservation's payment (design §3, §4.4). `chargeKey` is the key that decided it. */
export const reservationOutcomeSchema = z.object({
  reservationId: idSchema,
  userId: idSchema,
  scheduleId: positiveIntegerSchema,
  seatNumber: positiveIntegerSchema,
  outcome: z.enum(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED']),
  /** Why it was not confirmed: the payment's fail reason, or `NO_RESULT`; null when confirmed. */
  reason: z.string().max(64).nullable(),
  chargeKey: effectKeySchema,
  amount: positiveIntegerSchema,
  decidedAt: tolerantTimestampSchema,
});

export type ReservationOutcome = z.infer<typeof reservationOutcomeSchema>;

export const writtenReservationOutcomeSchema = z.strictObject({
  ...reservationOutcomeSchema.shape,
  decidedAt: strictTimestampSchema,
});
