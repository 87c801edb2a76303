import { describe, expect, test } from 'vitest';
import type { EndReservation, EndState } from './end-state.ts';
import type { JournalEntry } from './entries.ts';
import { expiredThoughCharged, lostEntries } from './lost-entries.ts';

const user = 'mina';
const reservation = (more: Partial<EndReservation> = {}): EndReservation => ({
  id: 'r1',
  userId: user,
  scheduleId: 3,
  seatNumber: 7,
  amount: 90_000,
  status: 'CONFIRMED',
  refund: 'NONE',
  ...more,
});
const end = (more: Partial<EndState> = {}): EndState => ({
  reservations: [reservation()],
  decisions: [{ reservationId: 'r1', status: 'CONFIRMED' }],
  topUps: [{ userId: user, key: 'k', amount: 5, transfers: 1 }],
  refunds: [],
  admissions: [{ userId: user, scheduleId: 3, sequence: 42 }],
  ...more,
});
type Promised<T> = T extends unknown ? Omit<T, 'at' | 'user'> : never;
const entry = (said: Promised<JournalEntry>): JournalEntry => ({ at: 0, user, ...said }) as JournalEntry;
const whyLost = (entries: JournalEntry[], state: EndState) => lostEntries(entries, state).map(({ why }) => why);

const held = entry({ what: 'hold', reservationId: 'r1', scheduleId: 3, seatNumber: 7, amount: 90_000 });
const paid = entry({ what: 'pay', reservationId: 'r1' });
const cancelled = entry({ what: 'cancel', reservationId: 'r1', status: 'CANCELLED' });
const toppedUp = entry({ what: 'top-up', key: 'k', amount: 5 });
const told = (status: string, refund: 'NONE' | 'DONE' | null = null) =>
  entry({ what: 'told', reservationId: 'r1', status: status as 'CONFIRMED', refund });
const place = (state: 'WAITING' | 'ADMITTED', sequence: number | null) =>
  entry({ what: 'place', scheduleId: 3, state, sequence });

test('a journal whose promises are kept has lost nothing', () => {
  const entries = [place('WAITING', 42), place('ADMITTED', 42), toppedUp, held, paid, told('PAYMENT_PENDING', 'NONE')];
  expect(lostEntries([...entries, told('CONFIRMED')], end())).toEqual([]);
});

describe('a hold', () => {
  test('that is nowhere, or is another seat, is lost', () => {
    expect(whyLost([held], end({ reservations: [] }))).toEqual(['there is no such reservation']);
    expect(whyLost([held], end({ reservations: [reservation({ seatNumber: 8 })] }))).toHaveLength(1);
    expect(whyLost([held], end({ reservations: [reservation({ userId: 'joon' })] }))).toEqual(["it is joon's"]);
  });
});

describe('a payment', () => {
  test('without an outcome, or with another than was decided, is lost', () => {
    expect(whyLost([paid], end({ reservations: [reservation({ status: 'PAYMENT_PENDING' })] }))).toHaveLength(1);
    expect(whyLost([paid], end({ decisions: [{ reservationId: 'r1', status: 'EXPIRED' }] }))).toHaveLength(1);
    expect(whyLost([paid], end({ decisions: [] }))).toHaveLength(1);
  });
});

describe('a cancellation', () => {
  const state = (transfers: number) =>
    end({
      reservations: [reservation({ status: 'CANCELLED', refund: 'DONE' })],
      refunds: [{ reservationId: 'r1', amount: 90_000, transfers }],
    });

  test('is kept by one refund in the ledger, and by no other number', () => {
    expect(whyLost([paid, cancelled], state(1))).toEqual([]);
    expect(whyLost([cancelled], state(0))).toHaveLength(1);
    expect(whyLost([cancelled], state(2))).toHaveLength(1);
  });

  test('of a reservation that is still confirmed is lost', () => {
    expect(whyLost([cancelled], end())).toEqual(['it is CONFIRMED']);
  });
});

describe('a top-up', () => {
  test('that is nowhere, of another amount, or twice in the ledger is lost', () => {
    const topUps = (more: object) => end({ topUps: [{ userId: user, key: 'k', amount: 5, transfers: 1, ...more }] });
    expect(whyLost([toppedUp], end({ topUps: [] }))).toHaveLength(1);
    expect(whyLost([toppedUp], topUps({ amount: 6 }))).toHaveLength(1);
    expect(whyLost([toppedUp], topUps({ transfers: 2 }))).toHaveLength(1);
  });
});

describe('what was told', () => {
  const ended = (status: string, more: Partial<EndReservation> = {}) =>
    end({ reservations: [reservation({ status, ...more })] });

  test('goes on, and never back or across', () => {
    expect(whyLost([told('TEMPORARY_ASSIGNED')], ended('EXPIRED'))).toEqual([]);
    expect(whyLost([told('CONFIRMED')], ended('CANCELLED'))).toEqual([]);
    expect(whyLost([told('CONFIRMED')], ended('EXPIRED'))).toEqual(['it is EXPIRED']);
    expect(whyLost([told('EXPIRED')], ended('CANCELLED'))).toEqual(['it is CANCELLED']);
    expect(whyLost([told('PAYMENT_PENDING')], ended('TEMPORARY_ASSIGNED'))).toHaveLength(1);
  });

  test('a refund that is done stays done', () => {
    expect(whyLost([told('CANCELLED', 'DONE')], ended('CANCELLED', { refund: 'REQUESTED' }))).toHaveLength(1);
  });
});

test('a payment that expired although it was charged is seen by its refund', () => {
  const refunds = [{ reservationId: 'r1', amount: 90_000, transfers: 1 }];
  expect(expiredThoughCharged(end({ reservations: [reservation({ status: 'EXPIRED' })], refunds }))).toEqual(['r1']);
  expect(expiredThoughCharged(end({ reservations: [reservation({ status: 'EXPIRED' })] }))).toEqual([]);
  expect(expiredThoughCharged(end({ reservations: [reservation({ status: 'CANCELLED' })], refunds }))).toEqual([]);
});

describe('a place', () => {
  test('is not given away: another number is for one who was admitted, or left', () => {
    const none = end({ admissions: [] });
    expect(whyLost([place('WAITING', 42), place('WAITING', 99)], none)).toHaveLength(1);
    expect(whyLost([place('WAITING', 42), place('WAITING', 99)], end())).toEqual([]);
    const left = entry({ what: 'leave', scheduleId: 3 });
    expect(whyLost([place('WAITING', 42), left, place('WAITING', 99)], none)).toEqual([]);
  });

  test('inside is an admission', () => {
    expect(whyLost([place('ADMITTED', 42), place('ADMITTED', null)], end())).toEqual([]);
    expect(whyLost([place('ADMITTED', 43)], end())).toEqual(['there is no such admission']);
    expect(whyLost([place('ADMITTED', null)], end({ admissions: [] }))).toHaveLength(1);
  });
});
