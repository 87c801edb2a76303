import { topics } from '@stagedoor/contracts';
import { aPaymentRequest } from '@stagedoor/testkit';
import { describe, expect, test } from 'vitest';
import { NOW } from '../../test/builders.ts';
import type { DeadLetter } from './dead-letter.ts';
import { replay } from './replay.ts';

const request = aPaymentRequest({ reservationId: 'r1' });

const aLetter = (given: Partial<DeadLetter> = {}): DeadLetter => ({
  id: 'id',
  topic: topics.paymentRequests.name,
  partition: 3,
  offset: 12n,
  group: 'payment-request-consumer-group',
  key: Buffer.from('fan-1'),
  value: Buffer.from(JSON.stringify(request)),
  headers: { 'event-id': { utf8: 'e1' }, traceparent: { utf8: '00-1' } },
  error: { code: 'PROCESSING_FAILED', message: '' },
  attempts: 5,
  status: 'NEW',
  replayCount: 0,
  failedAt: NOW,
  ...given,
});

describe('a replay', () => {
  test('goes to the original topic with its own key, headers, event id and value', () => {
    expect(replay(aLetter(), null)).toEqual({
      kind: 'replayed',
      message: {
        topic: 'payment-requests',
        key: 'fan-1',
        value: JSON.stringify(request),
        headers: { 'event-id': 'e1', traceparent: '00-1', 'replay-count': '1' },
      },
    });
  });

  test('keeps the event id that the record had by default', () => {
    const verdict = replay(aLetter({ headers: {} }), null);
    expect(verdict).toMatchObject({ message: { headers: { 'event-id': 'payment-requests-3-12' } } });
  });

  test('takes a repaired value', () => {
    const value = JSON.stringify({ ...request, amount: 7 });
    const verdict = replay(aLetter({ value: Buffer.from('{') }), Buffer.from(value));
    expect(verdict).toMatchObject({ kind: 'replayed', message: { value } });
  });

  test.each([[null], [Buffer.from([0xff])]])('gives a message without a readable key (%s) its own', (key) => {
    expect(replay(aLetter({ key }), null)).toMatchObject({ message: { key: 'fan-1' } });
  });

  test('leaves out headers that are no text or that dead-lettering added', () => {
    const headers = { a: { hex: 'ff' }, 'dlq-value-omitted-bytes': { utf8: '5' }, 'replay-count': { utf8: '1' } };
    expect(replay(aLetter({ headers, replayCount: 1 }), null)).toMatchObject({
      message: { headers: { 'event-id': 'payment-requests-3-12', 'replay-count': '2' } },
    });
  });

  test.each(['REPLAYED', 'DISCARDED'] as const)('of one that is %s is refused', (status) => {
    expect(replay(aLetter({ status }), null)).toEqual({ kind: 'rejected', reason: 'ALREADY_RESOLVED' });
  });

  test('is refused the fourth time', () => {
    expect(replay(aLetter({ replayCount: 2 }), null).kind).toBe('replayed');
    expect(replay(aLetter({ replayCount: 3 }), null)).toEqual({ kind: 'rejected', reason: 'REPLAY_LIMIT_REACHED' });
  });

  test.each([
    ['no JSON', { value: Buffer.from('{') }, null, /^MALFORMED_JSON/],
    ['not what the topic carries', { value: Buffer.from('{}') }, null, /^VALIDATION_FAILED/],
    ['no UTF-8', { value: Buffer.from([0xff]) }, null, /not UTF-8/],
    ['without a value', { value: null }, null, /no value/],
    ['repaired badly', {}, Buffer.from(JSON.stringify({ ...request, amount: -1 })), /amount/],
    ['repaired to bytes that are no text', {}, Buffer.from([0xff]), /not UTF-8/],
    ['of a topic that is none of ours', { topic: 'elsewhere' }, null, /not a topic/],
    ['of a later version', { headers: { 'schema-version': { utf8: '2' } } }, null, /^UNSUPPORTED_VERSION/],
  ])('of one that is %s is refused, because it would only come back', (_, given, repaired, detail) => {
    expect(replay(aLetter(given as Partial<DeadLetter>), repaired)).toEqual({
      kind: 'rejected',
      reason: 'VALIDATION_FAILED',
      detail: expect.stringMatching(detail),
    });
  });
});
