import { z } from 'zod';
import { effectKeySchema, idSchema, positiveIntegerSchema } from '../id.ts';
import { refundKeyOf } from '../keys.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

const fields = {
  /** `refund:` + chargeKey, always (design §3). */
  refundKey: z.string().min(1).max(262),
  chargeKey: effectKeySchema,
  reservationId: idSchema,
  userId: idSchema,
  amount: positiveIntegerSchema,
  reason: z.string().max(255),
  requestedAt: tolerantTimestampSchema,
};

const derivesItsKey = (request: { refundKey: string; chargeKey: string }) =>
  request.refundKey === refundKeyOf(request.chargeKey);
const derivation = {
  message: 'must be "refund:" followed by chargeKey',
  path: ['refundKey'],
};

/** "Give this charge back, whole, or see to it that it never happens" (design §3, §4.5). */
export const refundRequestSchema = z.object(fields).refine(derivesItsKey, derivation);

export type RefundRequest = z.infer<typeof refundRequestSchema>;

export const writtenRefundRequestSchema = z
  .strictObject({ ...fields, requestedAt: strictTimestampSchema })
  .refine(derivesItsKey, derivation);
