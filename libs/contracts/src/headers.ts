/** Record headers, UTF-8. Every one is optional on the way in (design §3). */
export const headerNames = {
  eventId: 'event-id',
  eventType: 'event-type',
  schemaVersion: 'schema-version',
  occurredAt: 'occurred-at',
  producer: 'producer',
  traceparent: 'traceparent',
  /** On payment-requests only: ISO-8601, UTC. */
  deadline: 'deadline',
} as const;

/** What is added to a dead-lettered record beside its original bytes and headers (design §3). */
export const deadLetterHeaderNames = {
  topic: 'dlq-topic',
  partition: 'dlq-partition',
  offset: 'dlq-offset',
  group: 'dlq-group',
  errorCode: 'dlq-error-code',
  errorMessage: 'dlq-error-message',
  attempts: 'dlq-attempts',
  failedAt: 'dlq-failed-at',
  /** Once replayed: how often. */
  replayCount: 'replay-count',
} as const;
