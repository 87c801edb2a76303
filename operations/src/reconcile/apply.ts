import type { OutboundMessage } from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import type { Difference } from './difference.ts';

/** What a repair may do. */
export interface Permission {
  /** Whether fans get back what they paid for reservations that are lost. */
  refundLost: boolean;
}

/** Whether messages mend it, as far as it is permitted. */
export function isMendable({ remedy }: Difference, { refundLost }: Permission): boolean {
  return remedy.by === 'messages' || (remedy.by === 'messages-if-asked' && refundLost);
}

/** The messages that mend these, each once. */
export function messagesFor(
  differences: readonly Difference[],
  permission: Permission,
  ids: IdGenerator,
  now: Date,
): OutboundMessage[] {
  const messages = differences
    .filter((difference) => isMendable(difference, permission))
    .flatMap(({ remedy }) => (remedy.by === 'hand' ? [] : remedy.messages))
    .map((plan) => plan({ eventId: ids.next(), now }));
  return [...new Map(messages.map((message) => [`${message.topic}\n${message.value}`, message])).values()];
}
