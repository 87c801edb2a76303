import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem } from '../errors/errors.ts';

const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;

/** For a route's `schema.headers`, so that its document shows the header; idempotencyKey() does the checking. */
export const idempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('1 to 255 printable ASCII characters; the same key is answered alike'),
});

/**
 * The request's Idempotency-Key.
 * @throws Problem IDEMPOTENCY_KEY_REQUIRED where there is none, VALIDATION_FAILED for one that is too long or not ASCII
 */
export function idempotencyKey(request: FastifyRequest): string {
  const key = optionalIdempotencyKey(request);
  if (key === undefined) throw new Problem('IDEMPOTENCY_KEY_REQUIRED');
  return key;
}

/** The request's Idempotency-Key, or undefined. @throws Problem VALIDATION_FAILED */
export function optionalIdempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.raw.headers['idempotency-key'];
  if (key === undefined || key === '') return undefined;
  if (typeof key !== 'string' || !PRINTABLE_ASCII.test(key)) {
    const message = 'must be 1 to 255 printable ASCII characters';
    throw new Problem('VALIDATION_FAILED', `headers.idempotency-key: ${message}`, {
      extras: { errors: [{ path: 'headers.idempotency-key', message }] },
    });
  }
  return key;
}
