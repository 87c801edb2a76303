import { z } from 'zod';

/** No control characters, no white space at either end, no lone surrogates: what a database would fold together or alter. */
function isUnambiguous(text: string): boolean {
  return text.isWellFormed() && text.trim() === text && !/\p{Cc}/u.test(text);
}

const unambiguous = 'must have no control characters and no white space at its ends';

/** An id of a user or a reservation: text of 1 to 64 characters (design §3). */
export const idSchema = z.string().min(1).max(64).refine(isUnambiguous, unambiguous);

/** The key under which an effect happens once: text of 1 to 255 characters, so that `refund:` + key still fits its column. */
export const effectKeySchema = z.string().min(1).max(255).refine(isUnambiguous, unambiguous);

/** Won, seat numbers and schedule ids: integers from 1 to 2^53 - 1. */
export const positiveIntegerSchema = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);
