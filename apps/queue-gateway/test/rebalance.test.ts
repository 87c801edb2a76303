import { type DomainEvent, topics } from '@stagedoor/contracts';
import { uuidv7Ids } from '@stagedoor/platform';
import { eventually } from '@stagedoor/testkit';
import { rebalanceSuite } from '@stagedoor/testkit/suites/rebalance';
import { expect } from 'vitest';

const HOUR_MS = 3_600_000;
const now = Date.now();
const iso = (ms: number): string => new Date(ms).toISOString();

/** What becomes known of the schedule of this number: that it exists, then when its sale ends. */
const event = (n: number, type: 'schedule.published' | 'schedule.updated'): DomainEvent => ({
  eventId: uuidv7Ids.next(),
  type,
  scheduleId: n + 1,
  occurredAt: iso(type === 'schedule.published' ? now : now + 1_000),
  data: {
    concertId: 1,
    title: 'A',
    venue: 'B',
    startsAt: iso(now + 24 * HOUR_MS),
    opensAt: iso(now - HOUR_MS),
    salesEndAt: type === 'schedule.published' ? null : iso(now + HOUR_MS),
    seatsTotal: 10,
    status: 'ON_SALE',
    reason: null,
  },
});

const events = (from: number, to: number, type: 'schedule.published' | 'schedule.updated') =>
  Array.from({ length: to - from }, (_, index) => event(from + index, type));

rebalanceSuite({
  app: 'queue-gateway',
  reads: [topics.domainEvents],
  writes: [],
  async prepare(stage, _url, count) {
    await stage.tell(topics.domainEvents, events(0, count, 'schedule.published'));
    await eventually(async () => {
      const [row] = await stage.pool.query('SELECT COUNT(*) AS rooms FROM rooms');
      expect(Number(row.rooms)).toBe(count);
    }, 60_000);
  },
  feed: (stage, from, to) => stage.tell(topics.domainEvents, events(from, to, 'schedule.updated')),
  async effects({ pool }) {
    const [row] = await pool.query('SELECT COUNT(*) AS learned FROM rooms WHERE sales_end_at IS NOT NULL');
    return Number(row.learned);
  },
  lock: (n) => ({ sql: 'SELECT * FROM rooms WHERE schedule_id = ? FOR UPDATE', params: [n + 1] }),
  async expectOnce({ pool }, count) {
    // A change that took effect twice would have raised the version twice.
    const [row] = await pool.query('SELECT COUNT(*) AS once FROM rooms WHERE version = 2');
    expect(Number(row.once)).toBe(count);
  },
});
