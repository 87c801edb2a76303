import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deadLetterTopic, topics } from '@stagedoor/contracts';
import fc from 'fast-check';

/** A record as anybody could write it who may write to the broker. */
export interface FuzzedRecord {
  topic: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: Record<string, Buffer>;
}

const examples = join(import.meta.dirname, '..', '..', '..', 'libs', 'contracts', 'examples');
const example = (kind: string): Record<string, unknown> => {
  const file = kind.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
  return JSON.parse(readFileSync(join(examples, `${file}.v1.json`), 'utf8'));
};

/** Events tell of this one unless a record says otherwise. */
export const EXAMPLE_RESERVATION = String((example('DomainEvent').data as { reservationId: string }).reservationId);

/** What breaks readers: edges of numbers, of texts, of times, of a database's columns; and the wrong type of each. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 0.5, 1, 1e308, 2 ** 31, 2 ** 53 - 1, 2 ** 53, [], {}, [[[]]]),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    'x'.repeat(64),
    'x'.repeat(65),
    '😀'.repeat(64),
    '\u202e',
    "'; --",
    '__proto__',
  ),
  fc.constantFrom('0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '1969-12-31T23:59:59Z', '2025-02-30T10:00:00Z'),
  fc.constantFrom([2025, 11, 28], [2025, 11, 28, 10, 0], [-1, 0, 0, 0, 0, 0, 0], [99_999, 1, 1, 0, 0, 0, 999_999_999]),
  fc.jsonValue({ maxDepth: 3 }),
);
// Few, so that one comes again, and under other values.
const ids = fc.constantFrom('r1', 'r2', 'r3', 'u1', 'u2', 'charge:r1', 'charge:r2', 'refund:charge:r1', 'Å', 'R1');
const ID_FIELDS = ['reservationId', 'userId', 'idempotencyKey', 'chargeKey', 'refundKey', 'eventId'];

/** An example message with ids of the small pool and up to three fields that are odd, missing, or new. */
const nearlyRight = (kind: string): fc.Arbitrary<string> => {
  const whole = example(kind);
  const fields = [...Object.keys(whole), 'type', 'data', '__proto__', 'constructor'];
  const change = fc.tuple(fc.constantFrom(...fields), fc.oneof(odd, fc.constant(undefined)));
  const named = fc.record(Object.fromEntries(ID_FIELDS.filter((name) => name in whole).map((name) => [name, ids])));
  return fc.tuple(named, fc.array(change, { maxLength: 3 }), odd).map(([names, changes, inside]) => {
    const changed = { ...whole, ...names, ...Object.fromEntries(changes) };
    const { data } = changed as { data?: object };
    if (kind === 'DomainEvent' && changes.length > 0 && data !== null && typeof data === 'object') {
      Object.assign(changed, { data: { ...data, [String(changes[0]?.[0])]: inside } });
    }
    return JSON.stringify(changed);
  });
};

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const headerNames = fc.constantFrom(
  ...['event-id', 'event-type', 'schema-version', 'occurred-at', 'producer', 'traceparent', 'deadline', 'replay-count'],
  ...['dlq-topic', 'dlq-partition', 'dlq-offset', 'dlq-group', 'dlq-error-code', 'dlq-attempts', 'dlq-failed-at', 'x'],
);
const headerValues = fc.oneof(
  bytes,
  odd.map((value) => Buffer.from(String(value))),
  fc.constantFrom('1', '2', '-1', 'NaN', '9'.repeat(40), 'payment-requests', '2025-11-28T10:00:00Z').map(Buffer.from),
);

const recordOf = (topic: string, kind: string): fc.Arbitrary<FuzzedRecord> =>
  fc.record({
    topic: fc.constant(topic),
    key: fc.option(bytes, { freq: 3 }),
    value: fc.oneof(
      { weight: 6, arbitrary: nearlyRight(kind).map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
      { weight: 1, arbitrary: bytes },
      { weight: 1, arbitrary: fc.constant(Buffer.from('['.repeat(100_000))) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    headers: fc.dictionary(headerNames, headerValues, { maxKeys: 5, noNullPrototype: true }),
  });

/** For each topic, the dead letters' included, some records. */
export const fuzzedRecords = (each: number): fc.Arbitrary<FuzzedRecord[]> =>
  fc
    .tuple(
      ...Object.values(topics).flatMap(({ name, kind }) =>
        [name, deadLetterTopic(name)].map((topic) =>
          fc.array(recordOf(topic, kind), { minLength: each, maxLength: each, size: 'max' }),
        ),
      ),
    )
    .map((lists) => lists.flat());
