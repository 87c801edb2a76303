import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { headerNames, type OutboundMessage, type RawMessage, reservationIdOf } from '@stagedoor/contracts';
import { continued, isTracedBatch, isTracing, traceOf, traceparentOf, tracer } from '@stagedoor/platform';
import type { MessageResult } from './metrics.ts';

// Attributes as in OpenTelemetry's conventions for messaging systems.
const SYSTEM = { 'messaging.system': 'kafka' };

/**
 * Processes a message in a span, where whoever sent it was traced: its trace goes on here, in whatever the work submits
 * to a group commit and in the messages that come of it.
 */
export async function inProcessSpan(
  raw: RawMessage,
  group: string,
  process: () => Promise<MessageResult>,
): Promise<MessageResult> {
  const sender = isTracing() ? continued(raw.headers[headerNames.traceparent]?.toString()) : undefined;
  if (sender === undefined) return process();
  const span = tracer.startSpan(
    `process ${raw.topic}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...SYSTEM,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': raw.topic,
        'messaging.destination.partition.id': String(raw.partition),
        'messaging.kafka.offset': raw.offset,
        'messaging.consumer.group.name': group,
        'messaging.message.id': raw.headers[headerNames.eventId]?.toString(),
      },
    },
    sender,
  );
  try {
    const result = await context.with(trace.setSpan(sender, span), process);
    span.setAttribute('stagedoor.result', result);
    if (result === 'dead_lettered') span.setStatus({ code: SpanStatusCode.ERROR, message: result });
    return result;
  } finally {
    span.end();
  }
}

/** The messages of a transaction, each with the `traceparent` of the command or message that it comes of. */
export function withTraceparents(messages: readonly OutboundMessage[]): readonly OutboundMessage[] {
  if (!isTracedBatch()) return messages;
  return messages.map((message) => {
    const reservationId = reservationIdOf(JSON.parse(message.value));
    const cause = reservationId === undefined ? undefined : traceOf(reservationId);
    if (reservationId === undefined || cause === undefined) return message;
    const span = tracer.startSpan(
      `create ${message.topic}`,
      {
        kind: SpanKind.PRODUCER,
        attributes: {
          ...SYSTEM,
          'messaging.operation.name': 'create',
          'messaging.operation.type': 'create',
          'messaging.destination.name': message.topic,
          'messaging.message.id': message.headers[headerNames.eventId],
          'stagedoor.reservation.id': reservationId,
        },
      },
      cause,
    );
    const traceparent = traceparentOf(trace.setSpan(cause, span));
    span.end();
    if (traceparent === undefined) return message;
    return { ...message, headers: { ...message.headers, [headerNames.traceparent]: traceparent } };
  });
}

/** Sends messages in a span that is linked to the creation of each: one request carries a hundred traces. */
export async function inSendSpan(messages: readonly OutboundMessage[], send: () => Promise<void>): Promise<void> {
  if (!isTracing()) return send();
  const links = messages.flatMap(({ headers }) => {
    const created = continued(headers[headerNames.traceparent]);
    const spanContext = created && trace.getSpanContext(created);
    return spanContext === undefined ? [] : [{ context: spanContext }];
  });
  if (links.length === 0) return send();
  const span = tracer.startSpan('send outbox', {
    kind: SpanKind.CLIENT,
    root: true,
    links,
    attributes: {
      ...SYSTEM,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': messages.length,
    },
  });
  try {
    await send();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
