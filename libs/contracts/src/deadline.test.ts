import { expect, test } from 'vitest';
import { paymentDeadline } from './deadline.ts';
import type { Received } from './decode.ts';
import type { PaymentRequest } from './messages/payment-request.ts';

const TIMEOUT_MS = 300_000;
const recorded = '2025-11-28T10:00:00.000Z';

function request(requestedAt: string, headers: Record<string, string> = {}): Received<PaymentRequest> {
  const value = { requestedAt } as PaymentRequest;
  const at = new Date(recorded);
  return {
    value,
    headers,
    timestamp: at,
    occurredAt: at,
    eventId: 'e',
    key: null,
    topic: 't',
    partition: 0,
    offset: '0',
  };
}

test.each([
  ['five minutes after it was requested', request('2025-11-28T09:59:00.000Z'), '2025-11-28T10:04:00.000Z'],
  ['a clock at most a minute ahead is believed', request('2025-11-28T10:01:00.000Z'), '2025-11-28T10:06:00.000Z'],
  ['a clock further ahead is not', request('2025-11-28T10:01:00.001Z'), '2025-11-28T10:05:00.000Z'],
  ['a time in an unknown zone is not', request('2025-11-28T01:00:00.000'), '2025-11-28T10:05:00.000Z'],
  [
    'the header wins',
    request('2025-11-28T09:59:00.000Z', { deadline: '2025-11-28T12:00:00.000Z' }),
    '2025-11-28T12:00:00.000Z',
  ],
  ['a header with an offset', request(recorded, { deadline: '2025-11-28T21:00:00+09:00' }), '2025-11-28T12:00:00.000Z'],
  ['an unreadable header does not', request(recorded, { deadline: 'soon' }), '2025-11-28T10:05:00.000Z'],
  ['nor one without a zone', request(recorded, { deadline: '2025-11-28T12:00:00' }), '2025-11-28T10:05:00.000Z'],
])('%s', (_, received, deadline) => {
  expect(paymentDeadline(received, TIMEOUT_MS).toISOString()).toBe(deadline);
});
