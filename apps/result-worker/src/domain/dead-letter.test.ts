import { deadLetterHeaderNames as names, type RawMessage } from '@stagedoor/contracts';
import { describe, expect, test } from 'vitest';
import { NOW } from '../../test/builders.ts';
import { deadLetterOf, originalTopic } from './dead-letter.ts';

const record = (given: Partial<RawMessage> = {}): RawMessage => ({
  topic: 'payment-requests.dlq',
  partition: 2,
  offset: '7',
  key: Buffer.from('fan-1'),
  value: Buffer.from('{'),
  headers: {},
  timestamp: NOW,
  ...given,
});

const sent = {
  [names.topic]: Buffer.from('payment-requests'),
  [names.partition]: Buffer.from('9'),
  [names.offset]: Buffer.from('9007199254740993'),
  [names.group]: Buffer.from('payment-request-consumer-group'),
  [names.errorCode]: Buffer.from('MALFORMED_JSON'),
  [names.errorMessage]: Buffer.from('unexpected end, 끝'),
  [names.attempts]: Buffer.from('5'),
  [names.failedAt]: Buffer.from('2026-11-22T09:59:00.000Z'),
};

describe('a record of a dead-letter topic', () => {
  test('is known by where it stood before', () => {
    const headers = { ...sent, 'event-id': Buffer.from('e1'), [names.replayCount]: Buffer.from('2') };
    expect(deadLetterOf(record({ headers }), 'id')).toEqual({
      id: 'id',
      topic: 'payment-requests',
      partition: 9,
      offset: 9007199254740993n,
      group: 'payment-request-consumer-group',
      key: Buffer.from('fan-1'),
      value: Buffer.from('{'),
      headers: { 'event-id': { utf8: 'e1' }, 'replay-count': { utf8: '2' } },
      error: { code: 'MALFORMED_JSON', message: 'unexpected end, 끝' },
      attempts: 5,
      status: 'NEW',
      replayCount: 2,
      failedAt: new Date('2026-11-22T09:59:00.000Z'),
    });
  });

  test('without headers is known by where it stands', () => {
    expect(deadLetterOf(record(), 'id')).toMatchObject({
      topic: 'payment-requests.dlq',
      partition: 2,
      offset: 7n,
      group: '',
      error: { code: 'UNKNOWN', message: '' },
      attempts: 0,
      failedAt: NOW,
    });
  });

  test.each([
    ['no offset', { [names.offset]: undefined }],
    ['a partition that is no number', { [names.partition]: Buffer.from('x') }],
    ['an offset that no broker gives', { [names.offset]: Buffer.from('9223372036854775808') }],
    ['a topic that no broker takes', { [names.topic]: Buffer.from('t'.repeat(250)) }],
    ['an empty topic', { [names.topic]: Buffer.from('') }],
  ])('with %s is known by where it stands', (_, given) => {
    const { topic, partition, offset } = deadLetterOf(record({ headers: { ...sent, ...given } }), 'id');
    expect({ topic, partition, offset }).toEqual({ topic: 'payment-requests.dlq', partition: 2, offset: 7n });
  });

  test('of a foreign writer is cut to what can be kept', () => {
    const letter = deadLetterOf(
      record({
        headers: {
          ...sent,
          [names.group]: Buffer.from('g'.repeat(300)),
          [names.errorCode]: Buffer.from('c'.repeat(300)),
          [names.errorMessage]: Buffer.from('😀'.repeat(2_000)),
          [names.attempts]: Buffer.from('-1'),
          [names.failedAt]: Buffer.from('yesterday'),
          [names.replayCount]: Buffer.from('99999999999999'),
          trace: Buffer.from([0xff, 0xfe]),
          text: 'as it is',
        },
      }),
      'id',
    );
    expect(letter).toMatchObject({
      group: 'g'.repeat(255),
      error: { code: 'c'.repeat(64) },
      attempts: 0,
      replayCount: 0,
      failedAt: NOW,
    });
    expect(letter.headers).toEqual({
      'replay-count': { utf8: '99999999999999' },
      trace: { hex: 'fffe' },
      text: { utf8: 'as it is' },
    });
    expect(letter.error.message.length).toBe(1_000);
    expect(letter.error.message.isWellFormed()).toBe(true);
  });

  test.each(['+275760-09-13T00:00:00.000Z', '-000001-01-01T00:00:00.000Z'])(
    'at %s failed when it was written',
    (at) => {
      expect(deadLetterOf(record({ headers: { ...sent, [names.failedAt]: Buffer.from(at) } }), 'id').failedAt).toBe(
        NOW,
      );
    },
  );
});

test('goes back to a topic of ours, also where only the dead-letter topic is known', () => {
  expect(originalTopic({ topic: 'payment-results' })?.name).toBe('payment-results');
  expect(originalTopic({ topic: 'payment-results.dlq' })?.name).toBe('payment-results');
  expect(originalTopic({ topic: 'elsewhere' })).toBeUndefined();
});
