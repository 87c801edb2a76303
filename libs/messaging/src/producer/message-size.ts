import { PermanentError } from '@stagedoor/platform';
import type { ProducerMessage } from '../ports.ts';

/** Kafka's own default for `max.message.bytes`: what a topic takes, and what createTopics() sets. */
export const TOPIC_MAX_BYTES = 1_048_588;

/** A dead letter is a record of up to TOPIC_MAX_BYTES with more headers: its topic takes that much more. */
export const DEAD_LETTER_TOPIC_MAX_BYTES = TOPIC_MAX_BYTES + 131_072;

/** Largest message that is sent; below the topic's limit by what the record batch adds. */
export const MAX_MESSAGE_BYTES = 1_000_000;

/** Largest dead letter that is sent. */
export const MAX_DEAD_LETTER_BYTES = DEAD_LETTER_TOPIC_MAX_BYTES - (TOPIC_MAX_BYTES - MAX_MESSAGE_BYTES);

// Attributes, timestamp and offset deltas and the lengths of key, value and headers, at their widest varints.
const RECORD_OVERHEAD_BYTES = 36;
const HEADER_OVERHEAD_BYTES = 10;

const bytesOf = (part: Buffer | string | null | undefined): number =>
  part === null || part === undefined ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.length;

/** What the message takes of a record batch, in bytes, at most. */
export function messageBytes({ key, value, headers }: Omit<ProducerMessage, 'topic'>): number {
  let bytes = RECORD_OVERHEAD_BYTES + bytesOf(key) + bytesOf(value);
  for (const [name, header] of Object.entries(headers)) {
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + bytesOf(header);
  }
  return bytes;
}

/** @throws PermanentError MESSAGE_TOO_LARGE for what no broker would take on this topic */
export function refuseTooLarge(message: ProducerMessage): void {
  const bytes = messageBytes(message);
  const most = message.topic.endsWith('.dlq') ? MAX_DEAD_LETTER_BYTES : MAX_MESSAGE_BYTES;
  if (bytes > most) {
    throw new PermanentError('MESSAGE_TOO_LARGE', `a message for ${message.topic} takes ${bytes} of ${most} bytes`);
  }
}
