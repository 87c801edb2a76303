import { expect, test } from 'vitest';
import { allTopics } from './topics.ts';

const days = (ms: number) => ms / 86_400_000;

test('the topics are those of design §3', () => {
  expect(allTopics.map(({ name, partitions, retentionMs }) => [name, partitions, days(retentionMs)])).toEqual([
    ['payment-requests', 10, 7],
    ['payment-requests.dlq', 3, 30],
    ['payment-results', 10, 7],
    ['payment-results.dlq', 3, 30],
    ['reservation-outcomes', 10, 7],
    ['reservation-outcomes.dlq', 3, 30],
    ['refund-requests', 10, 7],
    ['refund-requests.dlq', 3, 30],
    ['refund-results', 10, 7],
    ['refund-results.dlq', 3, 30],
    ['data-platform-events', 6, 30],
    ['data-platform-events.dlq', 3, 30],
  ]);
});
