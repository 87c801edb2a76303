import { z } from 'zod';
import type { ProviderFaults } from './faults.ts';

const won = z.int().positive();
const share = z.number().min(0).max(1);
const charge = z.object({ userId: z.string().min(1), amount: won });
const refund = z.object({ chargeKey: z.string().min(1), amount: won });
const faults = z.strictObject({
  latency: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('lognormal'), meanMs: z.number().positive(), sigma: z.number().min(0) }),
      z.object({ kind: z.literal('uniform'), fromMs: z.number().min(0), toMs: z.number().min(0) }),
    ])
    .exactOptional(),
  outage: z.enum(['none', 'cut', 'errors', 'hangs', 'stalls']).exactOptional(),
  capacity: z.int().min(0).exactOptional(),
  overloadStatus: z.literal([429, 503]).exactOptional(),
  errorShare: share.exactOptional(),
  lostAnswerShare: share.exactOptional(),
  duplicateShare: share.exactOptional(),
  declineShare: share.exactOptional(),
});

/** The body of POST /charges; undefined where it is none. */
export const chargeBody = (text: string): z.output<typeof charge> | undefined => parsed(charge, text);

/** The body of POST /refunds; undefined where it is none. */
export const refundBody = (text: string): z.output<typeof refund> | undefined => parsed(refund, text);

/** The body of PUT /faults; undefined where it is none. */
export const faultChanges = (text: string): Partial<ProviderFaults> | undefined => parsed(faults, text);

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
