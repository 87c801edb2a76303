import type { ScheduleEventData } from '@stagedoor/contracts';
import { describe, expect, test } from 'vitest';
import { change, learn, newRoom, openingOf, phaseOf, type Room, type ScheduleNews } from './room.ts';

const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 12, minute));

const data = (given: Partial<ScheduleEventData> = {}): ScheduleEventData => ({
  concertId: 1,
  title: 'A concert',
  venue: 'A hall',
  startsAt: at(50).toISOString(),
  opensAt: at(10).toISOString(),
  salesEndAt: at(40).toISOString(),
  seatsTotal: 500,
  status: 'ON_SALE',
  reason: null,
  ...given,
});
const news = (minute: number, given: Partial<ScheduleEventData> = {}): ScheduleNews => ({
  scheduleId: 7,
  occurredAt: at(minute),
  data: data(given),
});
const room = (given: Partial<Room> = {}): Room => ({
  ...newRoom(news(0), { ratePerSecond: 200, maxInside: 2_000 }),
  ...given,
});

describe('a room', () => {
  test('of a new schedule queues, at the configured rate and cap', () => {
    expect(room()).toEqual({
      scheduleId: 7,
      mode: 'queue',
      ratePerSecond: 200,
      maxInside: 2_000,
      openingOverride: null,
      message: null,
      opensAt: at(10),
      salesEndAt: at(40),
      cancelled: false,
      learnedAt: at(0),
      version: 1,
    });
  });

  test.each([
    ['prequeue', {}, 9],
    ['queue', {}, 10],
    ['closed', {}, 40],
    ['queue', { salesEndAt: null }, 59],
    ['queue', { openingOverride: at(5) }, 5],
    ['prequeue', { openingOverride: at(20) }, 19],
    ['open', { mode: 'open' }, 10],
    ['prequeue', { mode: 'open' }, 9],
    ['paused', { mode: 'paused' }, 10],
    ['closed', { mode: 'closed' }, 9],
    ['closed', { cancelled: true, mode: 'open' }, 10],
  ] as const)('is %s with %j at minute %i', (phase, given, minute) => {
    expect(phaseOf(room(given), at(minute))).toBe(phase);
  });

  test('follows its schedule, and keeps what an operator has set', () => {
    const set = change(room(), { mode: 'paused', openingOverride: at(15), ratePerSecond: 5 });
    const learned = learn(set, news(1, { opensAt: at(20).toISOString(), salesEndAt: null }));
    expect(learned).toMatchObject({ opensAt: at(20), salesEndAt: null, mode: 'paused', ratePerSecond: 5, version: 3 });
    expect(openingOf(learned as Room)).toEqual(at(15));
  });

  test('is closed by a cancellation, for good, whatever comes late', () => {
    const cancelled = learn(room(), news(5, { status: 'CANCELLED' })) as Room;
    expect(phaseOf(cancelled, at(11))).toBe('closed');
    expect(learn(cancelled, news(4))).toBeNull();
  });

  test('learns nothing from an event that comes again', () => {
    const learned = learn(room(), news(1, { opensAt: at(20).toISOString() })) as Room;
    expect(learn(learned, news(1, { opensAt: at(20).toISOString() }))).toBeNull();
    expect(learn(room(), news(0))).toBeNull();
  });
});
