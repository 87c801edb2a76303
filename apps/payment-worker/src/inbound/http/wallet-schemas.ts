import { effectKeySchema, idSchema, strictTimestampSchema } from '@stagedoor/contracts';
import { z } from 'zod';

const won = z.number().int();

/** Answer of the balance and of a top-up. */
export const walletBody = z
  .object({ userId: z.string(), balance: won.describe('In won; 0 where there is no wallet yet') })
  .describe('A wallet');

/** Body of a top-up: `userId` and `reference` together, with the role `funding`, or neither. */
export const topUpBody = (maxWon: number) =>
  z
    .object({
      amount: won.positive().max(maxWon).describe('In won'),
      userId: idSchema.optional().describe('Whose wallet; only with the role `funding`'),
      reference: effectKeySchema
        .optional()
        .describe('The outside payment that this money came by, used once; only with the role `funding`'),
    })
    .refine(({ userId, reference }) => (userId === undefined) === (reference === undefined), {
      message: 'userId and reference come together',
      path: ['reference'],
    });

/** One page of a statement. */
export const entriesBody = z.object({
  items: z.array(
    z.object({
      id: z.number().int(),
      kind: z.enum(['TOP_UP', 'CHARGE', 'REFUND']),
      amount: won.describe('In won; negative where it left the wallet'),
      balanceAfter: won.describe('In won'),
      reference: z.string().describe('The key of the top-up, the charge or the refund'),
      at: strictTimestampSchema,
    }),
  ),
  nextCursor: z.string().nullable().describe('The cursor of the next page; null on the last'),
});
