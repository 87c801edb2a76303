import {
  type DomainEvent,
  deadLetterHeaderNames,
  decode,
  type RawMessage,
  type Received,
  type TopicDefinition,
  topics,
} from '@stagedoor/contracts';
import type { TopicRecords } from './snapshot.ts';

const placeOf = ({ topic, partition, offset }: { topic: string; partition: number | string; offset: string }) =>
  `${topic}-${partition}-${offset}`;

/** What the invariants need of the records of all topics; each partition's in their order. */
export function topicRecords(records: readonly RawMessage[]): TopicRecords {
  const readable = <T, R>(
    topic: TopicDefinition<T>,
    take: (value: T, at: string, message: Received<T>) => R | null,
  ): R[] =>
    records.flatMap((record) => {
      if (record.topic !== topic.name) return [];
      const decoded = decode(topic, record);
      const taken = decoded.ok ? take(decoded.message.value, placeOf(record), decoded.message) : null;
      return taken === null ? [] : [taken];
    });
  const reservationEvent = (event: DomainEvent) =>
    event.type !== 'unknown' && 'reservationId' in event.data
      ? { reservationId: event.data.reservationId, version: event.data.version }
      : null;
  return {
    paymentRequests: readable(topics.paymentRequests, ({ idempotencyKey, reservationId }, at) => ({
      key: idempotencyKey,
      reservationId,
      at,
    })),
    paymentResults: readable(topics.paymentResults, ({ reservationId }, at) => ({ reservationId, at })),
    reservationOutcomes: readable(topics.reservationOutcomes, ({ reservationId }, at) => ({ reservationId, at })),
    refundRequests: readable(topics.refundRequests, ({ refundKey }, at) => ({ key: refundKey, at })),
    refundResults: readable(topics.refundResults, ({ reservationId, chargeKey, status }, at) => ({
      reservationId,
      chargeKey,
      status,
      at,
    })),
    reservationEvents: readable(topics.domainEvents, reservationEvent),
    deadLettered: new Set(
      records
        .filter(({ topic }) => topic.endsWith('.dlq'))
        .map(({ headers }) => {
          const text = (name: string) => headers[name]?.toString() ?? '';
          return placeOf({
            topic: text(deadLetterHeaderNames.topic),
            partition: text(deadLetterHeaderNames.partition),
            offset: text(deadLetterHeaderNames.offset),
          });
        }),
    ),
  };
}

/** Puts later records behind earlier ones. */
export function addRecords(all: TopicRecords, later: TopicRecords): void {
  const { deadLettered, ...lists } = later;
  for (const [name, records] of Object.entries(lists) as [keyof typeof lists, unknown[]][]) {
    const list = all[name] as unknown[];
    for (const record of records) list.push(record);
  }
  for (const place of deadLettered) (all.deadLettered as Set<string>).add(place);
}
