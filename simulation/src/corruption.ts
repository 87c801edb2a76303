import { deadLetterHeaderNames, headerNames, topics } from '@stagedoor/contracts';
import type { ProducerMessage } from '@stagedoor/messaging';
import type { Scheduler } from './scheduler.ts';

/** What the value should have been, for whoever repairs it. */
export const ORIGINAL_HEADER = 'original';

/** Events are left alone: one that comes after its next version would be no fault of the system's. */
const CORRUPTIBLE = new Set<string>([
  topics.paymentRequests.name,
  topics.paymentResults.name,
  topics.reservationOutcomes.name,
  topics.refundRequests.name,
  topics.refundResults.name,
]);

/** The message as a broken producer would have written it, or as it is. */
export function corrupted(message: ProducerMessage, scheduler: Scheduler, rate: number): ProducerMessage {
  if (!CORRUPTIBLE.has(message.topic) || message.headers[deadLetterHeaderNames.replayCount] !== undefined)
    return message;
  if (!scheduler.chance(rate)) return message;
  const original = String(message.value);
  const value = scheduler.pick([
    original.slice(0, -1),
    original.replace(/"reservationId":"[^"]*"/, '"reservationId":null'),
    original.replace(/"userId":"[^"]*",?/, ''),
    '\u0000',
    '',
  ]);
  const headers = { ...message.headers, [ORIGINAL_HEADER]: original };
  // The id of its event is lost with its contents now and then.
  return {
    ...message,
    value,
    headers: scheduler.chance(0.5) ? headers : { ...headers, [headerNames.eventId]: undefined },
  };
}
