import type { ReservationOutcome, ReservationStatus } from '@stagedoor/contracts';
import { ManualClock } from '@stagedoor/platform';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reservation } from '../../src/domain/reservation.ts';
import { at } from '../builders.ts';
import { memoryBox, outcomeOf } from './box.ts';
import { expectSound } from './soundness.ts';

type Act =
  | { do: 'hold'; fan: string; seat: number; key: string | null }
  | { do: 'pay'; which: number; key: string }
  | { do: 'cancel'; which: number }
  | { do: 'outcome'; which: number; copies: number }
  | { do: 'refund'; which: number }
  | { do: 'block'; from: number; length: number }
  | { do: 'unblock'; from: number; length: number }
  | { do: 'sweep' }
  | { do: 'cancelShow' };

const nth = fc.nat(12);
const seat = fc.integer({ min: 1, max: 8 });
const length = fc.integer({ min: 1, max: 3 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      fan: fc.constantFrom('a', 'b'),
      seat,
      key: fc.constantFrom(null, null, 'k1', 'k2'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pay' as const), which: nth, key: fc.constantFrom('p1', 'p2') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: nth }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('outcome' as const), which: nth, copies: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('refund' as const), which: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('block' as const), from: seat, length }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unblock' as const), from: seat, length }) },
  { weight: 2, arbitrary: fc.constant<Act>({ do: 'sweep' }) },
  { weight: 1, arbitrary: fc.constant<Act>({ do: 'cancelShow' }) },
);

/** Which reservations an act moves on. */
const MOVES_ON = {
  pay: 'TEMPORARY_ASSIGNED',
  outcome: 'PAYMENT_PENDING',
  cancel: 'CONFIRMED',
  refund: 'CANCELLED',
} as const;

/** Acts that happen at the same moment, and how long after those before. */
const rounds = fc.array(
  fc.record({
    afterMs: fc.constantFrom(0, 1_000, 1_000, 60_000, 240_000, 300_000, 400_000),
    acts: fc.array(act, { minLength: 1, maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 12 },
);

// The one decision on each reservation, drawn once.
const decisions = fc.array(
  fc.record({
    outcome: fc.constantFrom('CONFIRMED' as const, 'CONFIRMED' as const, 'PAYMENT_FAILED' as const, 'EXPIRED' as const),
    foreign: fc.constantFrom(false, false, false, true),
    wrongAmount: fc.constantFrom(false, false, false, true),
  }),
  { minLength: 13, maxLength: 13 },
);

test('law: any acts, at once or after each other, keep claims, counters, limits, events and refunds sound', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(rounds, decisions, fc.constantFrom(1, 3, 50), async (given, decided, maxBatch) => {
      const clock = new ManualClock(at(0));
      const box = await memoryBox({ clock, maxBatch });
      // Mostly what can move on, so that runs get far; now and then what cannot.
      const pick = (which: number, likely: ReservationStatus): Reservation | undefined => {
        const all = [...box.database.tables.reservations.values()];
        const fitting = all.filter(({ status }) => status === likely);
        const among = fitting.length === 0 || which === 0 ? all : fitting;
        return among.length === 0 ? undefined : among[which % among.length];
      };
      const decisionOn = (reservation: Reservation): ReservationOutcome => {
        const index = [...box.database.tables.reservations.keys()].indexOf(reservation.id);
        const { outcome, foreign, wrongAmount } = decided[index % decided.length] as (typeof decided)[number];
        return outcomeOf(reservation, {
          outcome,
          ...(foreign && { chargeKey: `foreign:${reservation.id}` }),
          ...(wrongAmount && { amount: 1 }),
        });
      };
      const play = async (each: Act): Promise<unknown> => {
        if (each.do === 'hold') return box.hold(each.fan, each.seat, each.key);
        if (each.do === 'sweep') return box.sweep();
        if (each.do === 'block') return box.block(each.from, each.from + each.length);
        if (each.do === 'unblock') return box.unblock(each.from, each.from + each.length);
        if (each.do === 'cancelShow') {
          await box.cancelShow();
          return box.endCancelledShow();
        }
        const reservation = pick(each.which, MOVES_ON[each.do]);
        if (reservation === undefined) return undefined;
        if (each.do === 'pay') return box.pay(reservation.id, reservation.userId, each.key);
        if (each.do === 'cancel') return box.cancel(reservation.id, reservation.userId);
        if (each.do === 'outcome') {
          return box.outcomes(...Array<ReservationOutcome>(each.copies).fill(decisionOn(reservation)));
        }
        return box.refunds({ reservationId: reservation.id, chargeKey: reservation.chargeKey ?? 'none' });
      };
      for (const { afterMs, acts } of given) {
        clock.set(new Date(clock.now().getTime() + afterMs));
        await Promise.all(acts.map(play));
        expectSound(box.database.tables);
      }
      for (const { status, reason, refund } of box.database.tables.reservations.values()) {
        reached.add(`${status} ${reason ?? ''} ${refund}`.trim());
      }
    }),
    { numRuns: 400 },
  );
  // The runs went everywhere, or the law says little.
  for (const wanted of [
    'CONFIRMED',
    'CANCELLED',
    'PAYMENT_FAILED',
    'EXPIRED',
    'PAYMENT_PENDING',
    'TEMPORARY_ASSIGNED',
  ]) {
    expect(
      [...reached].some((state) => state.startsWith(wanted)),
      wanted,
    ).toBe(true);
  }
  expect([...reached].join()).toContain('DONE');
});
