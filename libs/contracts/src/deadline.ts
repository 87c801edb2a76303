import { momentInHeader, type Received } from './decode.ts';
import { headerNames } from './headers.ts';
import type { PaymentRequest } from './messages/payment-request.ts';
import { momentOf } from './timestamp.ts';

/** How far a producer's clock may run ahead of the broker's before it is not believed. */
const MAX_CLOCK_AHEAD_MS = 60_000;

/**
 * Until when a payment may still be charged (design §4, "Deadline"): the header `deadline`, else `timeoutMs` after
 * `requestedAt`. A `requestedAt` in an unknown zone, or more than a minute ahead of the record's Kafka timestamp, is
 * replaced by that timestamp.
 */
export function paymentDeadline(request: Received<PaymentRequest>, timeoutMs: number): Date {
  return momentInHeader(request, headerNames.deadline) ?? new Date(requestedMoment(request).getTime() + timeoutMs);
}

/** When the payment was requested, as far as it can be believed. */
export function requestedMoment(request: Received<PaymentRequest>): Date {
  const requestedAt = momentOf(request.value.requestedAt);
  const believed = requestedAt !== null && requestedAt.getTime() - request.timestamp.getTime() <= MAX_CLOCK_AHEAD_MS;
  return believed ? requestedAt : request.timestamp;
}
