import { z } from 'zod';
import { effectKeySchema, idSchema, positiveIntegerSchema } from '../id.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

/** "Charge this fan for this reservation" (design §3). `amount` is in won. */
export const paymentRequestSchema = z.object({
  reservationId: idSchema,
  userId: idSchema,
  amount: positiveIntegerSchema,
  idempotencyKey: effectKeySchema,
  scheduleId: positiveIntegerSchema,
  seatNumber: positiveIntegerSchema,
  requestedAt: tolerantTimestampSchema,
});

export type PaymentRequest = z.infer<typeof paymentRequestSchema>;

export const writtenPaymentRequestSchema = z.strictObject({
  ...paymentRequestSchema.shape,
  requestedAt: strictTimestampSchema,
});
