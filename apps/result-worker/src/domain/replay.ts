import {
  deadLetterHeaderNames,
  decode,
  headerNames,
  type OutboundMessage,
  type RawMessage,
  type TopicDefinition,
} from '@stagedoor/contracts';
import { type DeadLetter, originalTopic, textOf } from './dead-letter.ts';

/** So often may one message come back; then something is wrong that replaying does not mend (design §6). */
export const MAX_REPLAYS = 3;

/** What a replay comes to: the message that is sent, or why none is. */
export type ReplayVerdict =
  | { kind: 'replayed'; message: OutboundMessage }
  | { kind: 'rejected'; reason: 'ALREADY_RESOLVED' | 'REPLAY_LIMIT_REACHED' }
  /** It would only be dead-lettered again. */
  | { kind: 'rejected'; reason: 'VALIDATION_FAILED'; detail: string };

/**
 * Sends a dead letter back to where it came from, with its own key, headers and event id, so that it takes the path of the
 * original: whoever has processed it before recognises it. `repaired` replaces its value.
 */
export function replay(letter: DeadLetter, repaired: Buffer | null): ReplayVerdict {
  if (letter.status !== 'NEW') return { kind: 'rejected', reason: 'ALREADY_RESOLVED' };
  if (letter.replayCount >= MAX_REPLAYS) return { kind: 'rejected', reason: 'REPLAY_LIMIT_REACHED' };
  const topic = originalTopic(letter);
  if (topic === undefined) return invalid(`${letter.topic} is not a topic of this system`);
  const bytes = repaired ?? letter.value;
  if (bytes === null) return invalid('the record has no value');
  const value = textOf(bytes);
  if (value === null) return invalid('the value is not UTF-8 text');
  const headers = headersOf(letter);
  const read = decode<unknown>(topic as TopicDefinition<unknown>, recordOf(letter, topic.name, value, headers));
  if (!read.ok) return invalid(`${read.code}: ${read.detail}`);
  const key = letter.key === null ? null : textOf(letter.key);
  return {
    kind: 'replayed',
    message: {
      topic: topic.name,
      // A key that is no text is a foreign producer's mistake: the message's own key puts it beside its like.
      key: key ?? topic.key(read.message.value as never),
      value,
      headers: {
        ...headers,
        [headerNames.eventId]: read.message.eventId,
        [deadLetterHeaderNames.replayCount]: String(letter.replayCount + 1),
      },
    },
  };
}

const invalid = (detail: string): ReplayVerdict => ({ kind: 'rejected', reason: 'VALIDATION_FAILED', detail });

/** Those that the original had and that are text: no header of the design is anything else. */
const headersOf = ({ headers }: DeadLetter): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      'utf8' in value && !name.startsWith('dlq-') ? [[name, value.utf8]] : [],
    ),
  );

/** The record as it stood on its topic, which also is what its event id defaults to. */
const recordOf = (
  { partition, offset, key, failedAt }: DeadLetter,
  topic: string,
  value: string,
  headers: Record<string, string>,
): RawMessage => ({
  topic,
  partition,
  offset: String(offset),
  key,
  value: Buffer.from(value),
  headers,
  timestamp: failedAt,
});
