import type { ReservationStatus } from '@stagedoor/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Admission, lapse, leave, liveHolds, noteReservation, type ReservationNews } from './admission.ts';

const at = (ms: number): Date => new Date(1_000_000 + ms);
const NOW = at(9_999);

const admission = (given: Partial<Admission> = {}): Admission => ({
  id: 'a1',
  scheduleId: 1,
  userId: 'fan',
  sequence: 1,
  admittedAt: at(0),
  endsAt: at(1_000),
  endedAt: null,
  endReason: null,
  holds: {},
  ...given,
});

const news = (status: ReservationStatus, given: Partial<ReservationNews> = {}): ReservationNews => ({
  reservationId: 'r1',
  version: 1,
  status,
  occurredAt: at(10),
  ...given,
});

describe('a reservation event', () => {
  test('a hold keeps the admission open; its end ends the admission', () => {
    const holding = noteReservation([admission()], news('TEMPORARY_ASSIGNED'), NOW);
    expect(holding).toMatchObject({ endedAt: null, holds: { r1: { version: 1, live: true } } });
    const paying = noteReservation([holding as Admission], news('PAYMENT_PENDING', { version: 2 }), NOW);
    expect(paying).toBeNull();
    const done = noteReservation([holding as Admission], news('CONFIRMED', { version: 3 }), NOW);
    expect(done).toMatchObject({ endedAt: NOW, endReason: 'DONE' });
  });

  test.each(['CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED'] as const)(
    'ends the admission also where %s is the first that is heard',
    (status) => {
      expect(noteReservation([admission()], news(status, { version: 3 }), NOW)).toMatchObject({ endReason: 'DONE' });
    },
  );

  test('that gives back an earlier purchase ends nothing', () => {
    expect(noteReservation([admission()], news('CANCELLED', { version: 4 }), NOW)).toBeNull();
  });

  test('with another seat still held, the admission goes on', () => {
    const holding = admission({ holds: { r1: { version: 1, live: true }, r2: { version: 1, live: true } } });
    const noted = noteReservation([holding], news('CONFIRMED', { version: 3 }), NOW);
    expect(noted).toMatchObject({ endedAt: null, holds: { r1: { live: false }, r2: { live: true } } });
  });

  test('never ends an admission that began after it occurred, nor keeps its slot', () => {
    const late = admission({ admittedAt: at(11) });
    expect(noteReservation([late], news('TEMPORARY_ASSIGNED'), NOW)).toBeNull();
    for (const status of ['CONFIRMED', 'EXPIRED'] as const) {
      expect(noteReservation([late], news(status), NOW)).toEqual({
        ...late,
        holds: { r1: { version: 1, live: false } },
      });
    }
  });

  test('of a hold that is known counts by its version, however late the clock of who wrote it is', () => {
    const holding = admission({ holds: { r1: { version: 1, live: true } } });
    const ended = news('PAYMENT_FAILED', { version: 3, occurredAt: at(-2_000) });
    expect(noteReservation([holding], ended, NOW)).toMatchObject({ endReason: 'DONE', endedAt: NOW });
  });

  test('that ends a hold is remembered where the hold itself is told later, and with a later time', () => {
    const heard = noteReservation([admission()], news('EXPIRED', { version: 2, occurredAt: at(-2_000) }), NOW);
    expect(heard).toMatchObject({ endedAt: null });
    expect(noteReservation([heard as Admission], news('TEMPORARY_ASSIGNED'), NOW)).toBeNull();
    const left = admission({ id: 'a0', admittedAt: at(-5_000), endedAt: at(-4_000), endReason: 'LEFT' });
    expect(noteReservation([left, admission()], news('EXPIRED', { occurredAt: at(-2_000) }), NOW)).toMatchObject({
      id: 'a1',
      endedAt: null,
      holds: { r1: { live: false } },
    });
  });

  test('of a hold from an earlier admission does not end the one that follows', () => {
    const first = admission({ holds: { r1: { version: 1, live: true } } });
    const second = admission({ id: 'a2', sequence: 9, admittedAt: at(2_000), endsAt: at(3_000) });
    const noted = noteReservation([first, second], news('EXPIRED', { version: 2, occurredAt: at(2_500) }), NOW);
    expect(noted).toMatchObject({ id: 'a1', endReason: 'DONE' });
  });

  test('of a hold that an ended admission was left with is that one’s for ever', () => {
    const left = admission({ endedAt: at(20), endReason: 'LEFT' });
    const noted = noteReservation([left], news('TEMPORARY_ASSIGNED'), NOW) as Admission;
    expect(noted).toMatchObject({ endedAt: at(20), endReason: 'LEFT', holds: { r1: { live: true } } });
    const second = admission({ id: 'a2', sequence: 9, admittedAt: at(2_000) });
    expect(noteReservation([noted, second], news('EXPIRED', { version: 2, occurredAt: at(2_500) }), NOW)).toBeNull();
  });
});

describe('leaving and lapsing', () => {
  test('a fan leaves once', () => {
    expect(leave(admission(), NOW)).toMatchObject({ endedAt: NOW, endReason: 'LEFT' });
    expect(leave(admission({ endedAt: at(1) }), NOW)).toBeNull();
  });

  test('an admission lapses at its end, unless something is held or it has ended', () => {
    expect(lapse(admission(), at(999))).toBeNull();
    expect(lapse(admission(), at(1_000))).toMatchObject({ endedAt: at(1_000), endReason: 'EXPIRED' });
    expect(lapse(admission({ holds: { r1: { version: 1, live: true } } }), at(2_000))).toBeNull();
    expect(lapse(admission({ holds: { r1: { version: 2, live: false } } }), at(2_000))).not.toBeNull();
    expect(lapse(admission({ endedAt: at(1) }), at(2_000))).toBeNull();
  });
});

describe('laws', () => {
  const statuses: ReservationStatus[][] = [
    ['TEMPORARY_ASSIGNED', 'EXPIRED'],
    ['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'CONFIRMED', 'CANCELLED', 'CANCELLED'],
    ['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'PAYMENT_FAILED'],
    ['TEMPORARY_ASSIGNED', 'PAYMENT_PENDING', 'EXPIRED'],
  ];
  /** Reservations' events in order of each, interleaved; occurring at 1, 2, 3 … */
  const streams = fc.array(fc.nat(statuses.length - 1), { minLength: 1, maxLength: 5 }).chain((lives) =>
    fc
      .shuffledSubarray(
        lives.flatMap((life, reservation) => (statuses[life] ?? []).map(() => reservation)),
        { minLength: 0 },
      )
      .map((order) => {
        const version = new Map<number, number>();
        return order.map((reservation, index): ReservationNews => {
          const next = (version.get(reservation) ?? 0) + 1;
          version.set(reservation, next);
          const status = statuses[lives[reservation] ?? 0]?.[next - 1] ?? 'EXPIRED';
          return { reservationId: `r${reservation}`, version: next, status, occurredAt: at(index + 1) };
        });
      }),
  );

  const run = (start: readonly Admission[], events: readonly ReservationNews[]): Admission[] =>
    events.reduce<Admission[]>(
      (admissions, event) => {
        const noted = noteReservation(admissions, event, NOW);
        return admissions.map((one) => (one.id === noted?.id ? noted : one));
      },
      [...start],
    );

  test('events that come again, from any point and any number of times, change nothing', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: 5 }), (events, rewinds) => {
        const replayed = rewinds.reduce<ReservationNews[]>((stream, [from, to]) => {
          const end = Math.min(to, stream.length);
          return [...stream.slice(0, end), ...stream.slice(Math.min(from, end), end), ...stream.slice(end)];
        }, events);
        expect(run([admission()], replayed)).toEqual(run([admission()], events));
      }),
    );
  });

  test('an open admission has a live hold, or never had one; it ends when the last is over', () => {
    fc.assert(
      fc.property(streams, (events) => {
        const [result] = run([admission()], events) as [Admission];
        const live = new Set<string>();
        let over = false;
        for (const { reservationId, status } of events) {
          if (over) break;
          if (status === 'TEMPORARY_ASSIGNED' || status === 'PAYMENT_PENDING') live.add(reservationId);
          else if (live.delete(reservationId)) over = live.size === 0;
        }
        expect(result.endedAt !== null).toBe(over);
        // A token that is good to its end can hold another seat; that does not bring the slot back.
        if (!over) expect(liveHolds(result)).toBe(live.size);
      }),
    );
  });

  test('whatever happened before an admission began neither ends it nor keeps its slot', () => {
    fc.assert(
      fc.property(streams, (events) => {
        const later = admission({ id: 'a2', sequence: 2, admittedAt: at(events.length + 1), endsAt: at(9_000) });
        for (const result of [run([admission(), later], events)[1], run([later], events)[0]] as Admission[]) {
          expect({ ...result, holds: {} }).toEqual(later);
          expect(liveHolds(result)).toBe(0);
        }
      }),
    );
  });

  test('an end is never taken back', () => {
    fc.assert(
      fc.property(streams, fc.constantFrom('LEFT', 'EXPIRED', 'DONE'), (events, endReason) => {
        const over = admission({ endedAt: at(5), endReason: endReason as 'LEFT' });
        const [result] = run([over], events) as [Admission];
        expect(result).toMatchObject({ endedAt: at(5), endReason });
      }),
    );
  });
});
