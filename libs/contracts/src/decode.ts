import { z } from 'zod';
import { headerNames } from './headers.ts';
import { momentOf, tolerantTimestampSchema } from './timestamp.ts';
import type { TopicDefinition } from './topics.ts';

/** A record as it came from Kafka. */
export interface RawMessage {
  topic: string;
  partition: number;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Readonly<Record<string, Buffer | string | undefined>>;
  /** The record's Kafka timestamp. */
  timestamp: Date;
}

/** A record that was read and understood. */
export interface Received<T> {
  value: T;
  /** From the header, else `topic-partition-offset`. */
  eventId: string;
  key: string | null;
  headers: Readonly<Record<string, string>>;
  topic: string;
  partition: number;
  offset: string;
  timestamp: Date;
  /** From the header, else the record's timestamp. */
  occurredAt: Date;
}

export type DecodeError = 'NO_VALUE' | 'NOT_UTF8' | 'MALFORMED_JSON' | 'UNSUPPORTED_VERSION' | 'VALIDATION_FAILED';

export type Decoded<T> = { ok: true; message: Received<T> } | { ok: false; code: DecodeError; detail: string };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const MAX_DETAIL_CHARACTERS = 500;

function textHeaders(raw: RawMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = value.toString();
  }
  return headers;
}

function momentHeader(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const read = tolerantTimestampSchema.safeParse(text);
  return read.success ? momentOf(read.data) : null;
}

const refused = (code: DecodeError, detail: string) =>
  ({
    ok: false,
    code,
    detail: detail.slice(0, MAX_DETAIL_CHARACTERS),
  }) as const;

/** Reads a record tolerantly (design §3): unknown fields and absent or odd headers are no reason to refuse it. */
export function decode<T>(topic: TopicDefinition<T>, raw: RawMessage): Decoded<T> {
  if (raw.value === null) return refused('NO_VALUE', 'the record has no value');
  const headers = textHeaders(raw);
  const version = headers[headerNames.schemaVersion] ?? '1';
  if (version !== String(topic.version)) {
    return refused(
      'UNSUPPORTED_VERSION',
      `schema-version ${version} of ${topic.kind}; this reader takes ${topic.version}`,
    );
  }
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(raw.value));
  } catch (error) {
    return error instanceof TypeError
      ? refused('NOT_UTF8', 'the value is not UTF-8 text')
      : refused('MALFORMED_JSON', (error as Error).message);
  }
  const read = topic.schema.safeParse(json);
  if (!read.success) return refused('VALIDATION_FAILED', z.prettifyError(read.error));
  return {
    ok: true,
    message: {
      value: read.data,
      eventId: headers[headerNames.eventId] ?? `${raw.topic}-${raw.partition}-${raw.offset}`,
      key: raw.key?.toString() ?? null,
      headers,
      topic: raw.topic,
      partition: raw.partition,
      offset: raw.offset,
      timestamp: raw.timestamp,
      occurredAt: momentHeader(headers[headerNames.occurredAt]) ?? raw.timestamp,
    },
  };
}

/** The moment in a header, or null if it is absent, unreadable or in an unknown zone. */
export const momentInHeader = (message: Pick<Received<unknown>, 'headers'>, name: string): Date | null =>
  momentHeader(message.headers[name]);
