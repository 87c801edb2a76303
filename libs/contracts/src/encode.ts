import { headerNames } from './headers.ts';
import type { TopicDefinition } from './topics.ts';

/** A record on its way to Kafka: as it stands in an outbox and as a producer sends it. */
export interface OutboundMessage {
  topic: string;
  key: string;
  /** Plain JSON, exactly the message's fields at the top level (design §3). */
  value: string;
  headers: Record<string, string>;
}

export interface MessageMeta {
  /** UUIDv7, made before the first attempt. */
  eventId: string;
  occurredAt: Date;
  /** The app that writes it. */
  producer: string;
  /** Further headers, such as `deadline` and `traceparent`. */
  headers?: Record<string, string>;
}

/**
 * Writes a message, strictly: a value that is not exactly what the design says (§3) throws a ZodError, because
 * it is a mistake of ours that no reader should have to tolerate.
 */
export function encode<T>(topic: TopicDefinition<T>, value: T, meta: MessageMeta): OutboundMessage {
  const written = topic.writtenSchema.parse(value);
  const type = (value as { type?: string }).type ?? topic.kind;
  return {
    topic: topic.name,
    key: topic.key(value),
    value: JSON.stringify(written),
    headers: {
      [headerNames.eventId]: meta.eventId,
      [headerNames.eventType]: type,
      [headerNames.schemaVersion]: String(topic.version),
      [headerNames.occurredAt]: meta.occurredAt.toISOString(),
      [headerNames.producer]: meta.producer,
      ...meta.headers,
    },
  };
}
