import { z } from 'zod';
import { effectKeySchema, idSchema, positiveIntegerSchema } from '../id.ts';
import { strictTimestampSchema, tolerantTimestampSchema } from '../timestamp.ts';

export const failReasons = [
  'INSUFFICIENT_BALANCE',
  'WALLET_NOT_FOUND',
  'DECLINED',
  'DEADLINE_EXCEEDED',
  'ALREADY_CHARGED',
  'IDEMPOTENCY_CONFLICT',
] as const;

export type FailReason = (typeof failReasons)[number];

const balanceSchema = z.number().int().safe().nullable();

const fields = {
  reservationId: idSchema,
  userId: idSchema,
  status: z.enum(['SUCCESS', 'FAILED']),
  /** The wallet's balance after it, in won; null where there is no wallet. */
  balance: balanceSchema,
  /** Null on success. */
  failReason: z.enum(failReasons).nullable(),
  processedAt: strictTimestampSchema,
  idempotencyKey: effectKeySchema.optional(),
  amount: positiveIntegerSchema.optional(),
};

/** What became of a charge (design §3). A failure for a reason that this version does not know reads as `DECLINED`. */
export const paymentResultSchema = z
  .object({
    ...fields,
    balance: balanceSchema.default(null),
    failReason: z
      .union([z.enum(failReasons), z.string().transform(() => 'DECLINED' as const)])
      .nullable()
      .default(null),
    processedAt: tolerantTimestampSchema,
    idempotencyKey: effectKeySchema.nullish().transform((key) => key ?? undefined),
    amount: positiveIntegerSchema.nullish().transform((amount) => amount ?? undefined),
  })
  .transform((result) => ({
    ...result,
    failReason: result.status === 'SUCCESS' ? null : (result.failReason ?? ('DECLINED' as const)),
  }));

export type PaymentResult = z.infer<typeof paymentResultSchema>;

export const writtenPaymentResultSchema = z.strictObject(fields);
