import { PermanentError } from '@stagedoor/platform';
import { z } from 'zod';
import type { RefundAnswer } from '../../application/provider.ts';
import type { AttemptedPayment, Verdict } from '../../domain/payment.ts';
import type { AttemptedRefund } from '../../domain/refund.ts';

const chargeAnswer = z.object({
  key: z.string(),
  userId: z.string(),
  amount: z.int(),
  status: z.enum(['SUCCEEDED', 'DECLINED']),
});
const refundAnswer = z.object({ key: z.string(), chargeKey: z.string(), amount: z.int() });
const errorAnswer = z.object({ code: z.string() });

/** The code of a refusal, where its body has one. */
export const codeIn = (body: unknown): string | undefined => errorAnswer.safeParse(body).data?.code;

export const declined: Verdict = { status: 'FAILED', failReason: 'DECLINED', balance: null };

/**
 * What the provider says of a charge; undefined where that cannot be read.
 * @throws PermanentError when its book has another charge under our key: nobody but a person can tell what happened
 */
export function verdictIn(body: unknown, { idempotencyKey, userId, amount }: AttemptedPayment): Verdict | undefined {
  const { data } = chargeAnswer.safeParse(body);
  if (data === undefined) return undefined;
  if (data.key !== idempotencyKey || data.userId !== userId || data.amount !== amount) throw mismatch(idempotencyKey);
  return data.status === 'DECLINED' ? declined : { status: 'SUCCESS', failReason: null, balance: null };
}

/** As verdictIn, of a refund. */
export function refundIn(body: unknown, { refundKey, chargeKey, amount }: AttemptedRefund): RefundAnswer | undefined {
  const { data } = refundAnswer.safeParse(body);
  if (data === undefined) return undefined;
  if (data.key !== refundKey || data.chargeKey !== chargeKey || data.amount !== amount) throw mismatch(refundKey);
  return { balance: null };
}

const mismatch = (key: string) =>
  new PermanentError('PROVIDER_MISMATCH', `the payment provider holds something else under ${key}`);
