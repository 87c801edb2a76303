import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const FROM_OUTSIDE = /^[\w.:-]{1,64}$/;

/**
 * Names each request: by the `x-request-id` that the edge gave it, or one of our own, from a prefix that is random per
 * process and a counter, because randomness per request would cost more than the name is worth.
 */
export function requestIds(app: string): (request: { headers: IncomingHttpHeaders }) => string {
  const prefix = `${app}-${randomBytes(4).toString('hex')}`;
  let count = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && FROM_OUTSIDE.test(given) ? given : `${prefix}-${(count++).toString(36)}`;
  };
}
