import { describe, expect, test } from 'vitest';
import { decode, encode, type RawMessage, type TopicDefinition, topics } from '../src/index.ts';
import { example } from './examples.ts';

const kafkaTimestamp = new Date('2025-11-28T10:00:00.500Z');

function raw(value: string | Buffer | null, headers: RawMessage['headers'] = {}): RawMessage {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return {
    topic: 't',
    partition: 3,
    offset: '17',
    key: Buffer.from('k'),
    value: bytes,
    headers,
    timestamp: kafkaTimestamp,
  };
}

function read<T>(topic: TopicDefinition<T>, value: string) {
  const decoded = decode(topic, raw(value));
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.message;
}

const kinds: [string, TopicDefinition<never>][] = [
  ['payment-request.v1', topics.paymentRequests],
  ['payment-result.v1', topics.paymentResults],
  ['reservation-outcome.v1', topics.reservationOutcomes],
  ['refund-request.v1', topics.refundRequests],
  ['refund-result.v1', topics.refundResults],
  ['domain-event.v1', topics.domainEvents],
] as never;

describe.each(kinds)('the example %s', (name, topic) => {
  test('is what a reader takes and what a writer writes, to the letter', () => {
    const value = read(topic, example(name)).value;
    const written = encode(topic, value, { eventId: 'e-1', occurredAt: kafkaTimestamp, producer: 'test' });
    expect(JSON.parse(written.value)).toEqual(JSON.parse(example(name)));
    expect(written.topic).toBe(topic.name);
    expect(written.headers['schema-version']).toBe('1');
  });

  test('without any one of its fields is refused, or read as the design allows', () => {
    const whole = JSON.parse(example(name)) as Record<string, unknown>;
    const optional = topic.kind === 'PaymentResult' ? ['balance', 'failReason', 'idempotencyKey', 'amount'] : [];
    for (const field of Object.keys(whole)) {
      const { [field]: _, ...rest } = whole;
      expect([field, decode(topic, raw(JSON.stringify(rest))).ok]).toEqual([field, optional.includes(field)]);
    }
  });
});

describe('tolerant reading', () => {
  test.each([
    ['tolerated/payment-request.local-time', '2025-11-28T19:00:00.123'],
    ['tolerated/payment-request.java-array', '2025-11-28T10:00:00.000'],
    ['tolerated/payment-request.offset-and-unknown-field', '2025-11-28T10:00:00.000Z'],
  ])('%s names %s', (name, requestedAt) => {
    expect(read(topics.paymentRequests, example(name)).value.requestedAt).toBe(requestedAt);
  });

  test('an unknown failure reason is a decline, and absent optional fields stay absent', () => {
    const { value } = read(topics.paymentResults, example('tolerated/payment-result.unknown-reason'));
    expect(value).toMatchObject({ status: 'FAILED', failReason: 'DECLINED', processedAt: '2025-11-28T10:00:01.250' });
    expect(value.idempotencyKey).toBeUndefined();
  });

  test("an event of a newer writer's type is no dead letter", () => {
    expect(read(topics.domainEvents, example('tolerated/domain-event.unknown-type')).value.type).toBe('unknown');
  });

  test('an event of a known type with wrong data is not mistaken for an unknown one', () => {
    const event = { ...JSON.parse(example('domain-event.v1')), data: { reservationId: 'r' } };
    expect(decode(topics.domainEvents, raw(JSON.stringify(event))).ok).toBe(false);
  });

  test('a record without headers gets its defaults', () => {
    const message = read(topics.paymentRequests, example('payment-request.v1'));
    expect(message).toMatchObject({ eventId: 't-3-17', key: 'k', occurredAt: kafkaTimestamp });
  });
});

describe('refused with a reason', () => {
  const request = JSON.parse(example('payment-request.v1')) as Record<string, unknown>;
  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...request, ...change });

  test.each([
    ['no value', null, 'NO_VALUE'],
    ['not JSON', '{', 'MALFORMED_JSON'],
    ['binary', Buffer.from([0xff, 0xfe, 0x00]), 'NOT_UTF8'],
    ['a JSON array', '[]', 'VALIDATION_FAILED'],
    ['a negative amount', changed({ amount: -1 }), 'VALIDATION_FAILED'],
    ['a fractional amount', changed({ amount: 1.5 }), 'VALIDATION_FAILED'],
    ['an amount as text', changed({ amount: '150000' }), 'VALIDATION_FAILED'],
    ['an amount beyond 2^53', changed({ amount: 2 ** 53 }), 'VALIDATION_FAILED'],
    ['an id of 65 characters', changed({ userId: 'x'.repeat(65) }), 'VALIDATION_FAILED'],
    ['an id that a database would fold into another', changed({ userId: 'fan-1001 ' }), 'VALIDATION_FAILED'],
    ['an id with a lone surrogate', changed({ userId: 'fan\ud800' }), 'VALIDATION_FAILED'],
    ['a day that is not on the calendar', changed({ requestedAt: '2025-02-30T10:00:00Z' }), 'VALIDATION_FAILED'],
    ['a Java array of four', changed({ requestedAt: [2025, 11, 28, 10] }), 'VALIDATION_FAILED'],
  ])('%s', (_, value, code) => {
    const decoded = decode(topics.paymentRequests, raw(value));
    expect(decoded.ok ? 'read' : decoded.code).toBe(code);
    expect(decoded.ok ? '' : decoded.detail).not.toBe('');
  });

  test('a version that this reader does not take', () => {
    const decoded = decode(topics.paymentRequests, raw(example('payment-request.v1'), { 'schema-version': '2' }));
    expect(decoded).toMatchObject({ ok: false, code: 'UNSUPPORTED_VERSION' });
  });

  test('a refund whose key is not derived from its charge', () => {
    const refund = { ...JSON.parse(example('refund-request.v1')), refundKey: 'refund:other' };
    expect(decode(topics.refundRequests, raw(JSON.stringify(refund))).ok).toBe(false);
  });
});

describe('strict writing', () => {
  const value = JSON.parse(example('payment-request.v1'));
  const meta = { eventId: 'e', occurredAt: kafkaTimestamp, producer: 'test' };

  test.each([
    ['an unknown field', { ...value, currency: 'KRW' }],
    ['a time without a zone', { ...value, requestedAt: '2025-11-28T10:00:00.000' }],
    ['a time without milliseconds', { ...value, requestedAt: '2025-11-28T10:00:00Z' }],
  ])('%s is never sent', (_, wrong) => {
    expect(() => encode(topics.paymentRequests, wrong, meta)).toThrow();
  });
});
