import { z } from 'zod';
import { Problem } from '../errors/errors.ts';

/** A positive safe integer in a path or a query, e.g. `/v1/schedules/:id`: digits only, no sign, no leading zero. */
export const integerParameter = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'must be a positive integer')
  .transform(Number)
  .refine(Number.isSafeInteger, 'must be a positive integer')
  .meta(documentedAsInteger({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }));

const MOST_PER_PAGE = 100;
const PER_PAGE = 20;

/** Query of every list (design §6). */
export const pageQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `must be from 1 to ${MOST_PER_PAGE}`)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= MOST_PER_PAGE, `must be from 1 to ${MOST_PER_PAGE}`)
    .default(PER_PAGE)
    .describe(`Most items of the answer; ${PER_PAGE} if left out`)
    .meta(documentedAsInteger({ minimum: 1, maximum: MOST_PER_PAGE })),
  cursor: z.string().max(500).optional().describe('nextCursor of the page before; left out: the newest'),
});

/** An opaque cursor for a position in a list. */
export function encodeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position that a cursor stands for; undefined without a cursor.
 * @throws Problem VALIDATION_FAILED for one that was not made here
 */
export function decodeCursor<T>(cursor: string | undefined, position: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    const message = 'is not a cursor of this list';
    throw new Problem('VALIDATION_FAILED', `query.cursor: ${message}`, {
      cause,
      extras: { errors: [{ path: 'query.cursor', message }] },
    });
  }
}

/** On the wire it is text, but whoever reads the OpenAPI document wants to know that it is a number. */
function documentedAsInteger(bounds: { minimum: number; maximum: number }): z.core.GlobalMeta {
  return { type: 'integer', pattern: undefined, ...bounds };
}
