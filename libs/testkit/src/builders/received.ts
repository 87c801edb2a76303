import type { Received, TopicDefinition } from '@stagedoor/contracts';

let nextOffset = 0;

/** A message as a handler gets it: from partition 0, with an offset of its own, without headers, of this moment. */
export function received<T>(topic: TopicDefinition<T>, value: T, given: Partial<Received<T>> = {}): Received<T> {
  const offset = given.offset ?? String(nextOffset++);
  const timestamp = given.timestamp ?? new Date();
  return {
    value,
    eventId: `${topic.name}-0-${offset}`,
    key: topic.key(value),
    headers: {},
    topic: topic.name,
    partition: 0,
    offset,
    timestamp,
    occurredAt: timestamp,
    ...given,
  };
}
