import { encode, type OutboundMessage, topics } from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import type { Admission } from '../domain/admission.ts';

const PRODUCER = 'queue-gateway';

/** The event that an admission began. */
export const admittedEvent = (admission: Admission, ids: IdGenerator): OutboundMessage =>
  queueEvent('queue.admitted', admission, admission.admittedAt, ids);

/** The event that an admission ended; its reason is why. */
export const leftEvent = (admission: Admission & { endedAt: Date }, ids: IdGenerator): OutboundMessage =>
  queueEvent('queue.left', admission, admission.endedAt, ids);

/** Whether an admission has ended. */
export const hasEnded = (admission: Admission): admission is Admission & { endedAt: Date } =>
  admission.endedAt !== null;

function queueEvent(
  type: 'queue.admitted' | 'queue.left',
  { id, userId, scheduleId, endReason }: Admission,
  occurredAt: Date,
  ids: IdGenerator,
): OutboundMessage {
  const eventId = ids.next();
  const data = { userId, admissionId: id, reason: type === 'queue.left' ? endReason : null };
  return encode(
    topics.domainEvents,
    { eventId, type, scheduleId, occurredAt: occurredAt.toISOString(), data },
    { eventId, occurredAt, producer: PRODUCER },
  );
}
