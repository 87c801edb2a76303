import type { TopicSettings } from '@stagedoor/contracts';

const DAY_MS = 86_400_000;

/** Design §3, typed by hand: what the topics Job creates is libs/contracts, and this is what that must say. */
const DESIGN: Record<string, { partitions: number; days: number }> = {
  'payment-requests': { partitions: 10, days: 7 },
  'payment-results': { partitions: 10, days: 7 },
  'reservation-outcomes': { partitions: 10, days: 7 },
  'refund-requests': { partitions: 10, days: 7 },
  'refund-results': { partitions: 10, days: 7 },
  'data-platform-events': { partitions: 6, days: 30 },
};

/** The topics that the Job creates are the design's, each with its dead letters. */
export function topicsOfDesign(topics: readonly TopicSettings[]): string[] {
  const wanted = Object.entries(DESIGN).flatMap(([name, { partitions, days }]) => [
    `${name}: ${partitions} partitions, ${days} d`,
    `${name}.dlq: 3 partitions, 30 d`,
  ]);
  const there = topics.map(
    ({ name, partitions, retentionMs }) => `${name}: ${partitions} partitions, ${retentionMs / DAY_MS} d`,
  );
  return [
    ...wanted.filter((topic) => !there.includes(topic)).map((topic) => `there is no topic ${topic}`),
    ...there.filter((topic) => !wanted.includes(topic)).map((topic) => `the design has no topic ${topic}`),
  ];
}
