import { uuidv7Ids } from '@stagedoor/platform';
import type { NewConcert } from '../src/application/ports.ts';
import { holdSeat } from '../src/domain/hold.ts';
import type { Reservation } from '../src/domain/reservation.ts';
import { numberSeats, type Schedule } from '../src/domain/schedule.ts';

const START_MS = Date.UTC(2026, 10, 22, 10);

/** So many milliseconds after the moment at which every test begins. */
export const at = (ms: number): Date => new Date(START_MS + ms);

export const HOLD_TTL_MS = 300_000;

export const times = { paymentTimeoutMs: 300_000, republishAfterMs: 60_000, republishLongestMs: 1_800_000 };

/** A reservation as a hold leaves it. */
export function aHold(given: Partial<Reservation> = {}): Reservation {
  const asked = {
    id: uuidv7Ids.next(),
    userId: 'fan-1',
    scheduleId: 1,
    seatNumber: 1,
    amount: 120_000,
    liveSlot: 1,
    holdKey: null,
    holdTtlMs: HOLD_TTL_MS,
  };
  return { ...holdSeat(asked, at(0)).reservation, ...given };
}

const { sections, seatsTotal } = numberSeats([
  { name: 'Floor', grade: 'R', price: 150_000, rows: 6, rowLength: 10 },
  { name: 'Balcony', grade: 'S', price: 90_000, rows: 4, rowLength: 10 },
]);

/** A concert of one show with 100 seats, on sale for an hour. */
export const aPlan = (given: Partial<NewConcert> = {}): NewConcert => ({
  title: 'A concert',
  venue: 'A hall',
  sample: null,
  createdAt: at(0),
  schedules: [{ startsAt: at(86_400_000), opensAt: at(-3_600_000), sections, seatsTotal }],
  ...given,
});

/** That show, as it is read. */
export const aSchedule = (given: Partial<Schedule> = {}): Schedule => ({
  id: 1,
  concertId: 1,
  title: 'A concert',
  venue: 'A hall',
  startsAt: at(86_400_000),
  opensAt: at(-3_600_000),
  salesEndAt: null,
  cancellableUntil: null,
  status: 'ON_SALE',
  cancelReason: null,
  sections,
  seatsTotal,
  termsRevision: 1,
  ...given,
});
