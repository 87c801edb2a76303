import { deadLetterHeaderNames as names, type RawMessage, topics } from '@stagedoor/contracts';

/** A header's value: text, or bytes in hexadecimal where they are none. */
export type HeaderValue = { utf8: string } | { hex: string };

export type DeadLetterStatus = 'NEW' | 'REPLAYED' | 'DISCARDED';

/** A record that its group could not process. Where it stood names it: the same place is the same dead letter. */
export interface DeadLetter {
  id: string;
  /** The topic that it was on before it was dead-lettered. */
  topic: string;
  partition: number;
  offset: bigint;
  group: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Readonly<Record<string, HeaderValue>>;
  error: { code: string; message: string };
  /** How often it was tried. */
  attempts: number;
  status: DeadLetterStatus;
  /** How often this message has been replayed before it came here. */
  replayCount: number;
  failedAt: Date;
}

/** What was done about a dead letter, by whom and why. */
export interface DeadLetterAction {
  id: string;
  deadLetterId: string;
  action: 'REPLAYED' | 'DISCARDED';
  actor: string;
  reason: string;
  /** What was sent instead of the original; null where that was. */
  value: string | null;
  at: Date;
}

// As wide as the columns; what comes from others is cut, never refused, because there is no dead letter of a dead letter.
const MAX_TOPIC_CHARACTERS = 249;
const MAX_GROUP_CHARACTERS = 255;
const MAX_CODE_CHARACTERS = 64;
const MAX_MESSAGE_CHARACTERS = 1_000;
const MAX_INT = 2n ** 31n - 1n;
const MAX_BIGINT = 2n ** 63n - 1n;

const DEAD_LETTER_SUFFIX = '.dlq';
const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(names).filter((name) => name !== names.replayCount));

/** Reads a record of a `.dlq` topic. One without the headers of design §3 is known by where it stands itself. */
export function deadLetterOf(raw: RawMessage, id: string): DeadLetter {
  const text = (name: string): string | undefined => raw.headers[name]?.toString().toWellFormed();
  const origin = originOf(text) ?? {
    topic: raw.topic,
    partition: raw.partition,
    offset: BigInt(raw.offset),
    group: '',
  };
  const failedAt = new Date(text(names.failedAt) ?? Number.NaN);
  const sent = Object.entries(raw.headers).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    id,
    ...origin,
    key: raw.key,
    value: raw.value,
    headers: Object.fromEntries(
      sent.flatMap(([name, value]) => (value === undefined ? [] : [[name, headerOf(value)]])),
    ),
    error: {
      code: (text(names.errorCode) ?? 'UNKNOWN').slice(0, MAX_CODE_CHARACTERS),
      message: (text(names.errorMessage) ?? '').slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    },
    attempts: Number(integer(text(names.attempts), MAX_INT) ?? 0n),
    status: 'NEW',
    replayCount: Number(integer(text(names.replayCount), MAX_INT) ?? 0n),
    failedAt: isPlausible(failedAt) ? failedAt : raw.timestamp,
  };
}

function originOf(text: (name: string) => string | undefined) {
  const topic = text(names.topic);
  const partition = integer(text(names.partition), MAX_INT);
  const offset = integer(text(names.offset), MAX_BIGINT);
  if (topic === undefined || topic === '' || topic.length > MAX_TOPIC_CHARACTERS) return undefined;
  if (partition === undefined || offset === undefined) return undefined;
  const group = (text(names.group) ?? '').slice(0, MAX_GROUP_CHARACTERS);
  return { topic, partition: Number(partition), offset, group };
}

function integer(text: string | undefined, max: bigint): bigint | undefined {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value <= max ? value : undefined;
}

// What a DATETIME holds, and a Kafka timestamp can be.
const isPlausible = (date: Date): boolean => date.getTime() >= 0 && date.getUTCFullYear() <= 9999;

function headerOf(value: Buffer | string): HeaderValue {
  if (typeof value === 'string') return { utf8: value };
  return textOf(value) === null ? { hex: value.toString('hex') } : { utf8: value.toString() };
}

/** Bytes as text, or null where they are not UTF-8. */
export function textOf(bytes: Buffer): string | null {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : null;
}

/** The topic to which a dead letter goes back, if it is one of ours. */
export function originalTopic({ topic }: Pick<DeadLetter, 'topic'>) {
  const name = topic.endsWith(DEAD_LETTER_SUFFIX) ? topic.slice(0, -DEAD_LETTER_SUFFIX.length) : topic;
  return Object.values(topics).find((each) => each.name === name);
}
