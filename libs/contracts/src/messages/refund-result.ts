import { z } from 'zod';
import { effectKeySchema, idSchema } from '../id.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

/** What became of a refund (design §3). `VOIDED`: there was no charge, and there never will be one under this key. */
export const refundResultSchema = z.object({
  refundKey: z.string().min(1).max(262),
  chargeKey: effectKeySchema,
  reservationId: idSchema,
  userId: idSchema,
  status: z.enum(['REFUNDED', 'VOIDED']),
  /** The wallet's balance after it, in won; null where there is no wallet. */
  balance: z.number().int().safe().nullable(),
  processedAt: tolerantTimestampSchema,
});

export type RefundResult = z.infer<typeof refundResultSchema>;

export const writtenRefundResultSchema = z.strictObject({
  ...refundResultSchema.shape,
  processedAt: strictTimestampSchema,
});
