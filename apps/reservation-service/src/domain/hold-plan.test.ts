import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aHold, aSchedule, at, HOLD_TTL_MS } from '../../test/builders.ts';
import { type AskedHold, fanKey, type HoldScene, planHolds, seatKey } from './hold-plan.ts';

const terms = { holdLimit: 4, holdTtlMs: HOLD_TTL_MS };
const now = at(0);
let count = 0;

const asked = (given: Partial<AskedHold> = {}): AskedHold => ({
  id: `id-${count++}`,
  userId: 'fan-1',
  scheduleId: 1,
  seatNumber: 1,
  holdKey: null,
  ...given,
});
const scene = (given: Partial<HoldScene> = {}): HoldScene => ({
  schedules: new Map([[1, aSchedule()]]),
  heldWithKey: [],
  own: [],
  claimed: new Set(),
  slots: new Map(),
  ...given,
});
const plan = (holds: AskedHold[], given: Partial<HoldScene> = {}) =>
  planHolds(holds, scene(given), terms, now).map((planned) =>
    planned.kind === 'rejected' ? planned.reason : planned.kind,
  );

describe('planning holds', () => {
  test('a hold takes the price of its section and lasts its time', () => {
    const [floor, balcony] = planHolds([asked({ seatNumber: 60 }), asked({ seatNumber: 61 })], scene(), terms, now);
    expect(floor).toMatchObject({ reservation: { amount: 150_000, holdExpiresAt: at(HOLD_TTL_MS), version: 1 } });
    expect(balcony).toMatchObject({ reservation: { amount: 90_000, liveSlot: 2 } });
  });

  test.each([
    ['a schedule that is not there', { scheduleId: 2 }, aSchedule(), 'SEAT_NOT_FOUND'],
    ['a seat that is not there', { seatNumber: 101 }, aSchedule(), 'SEAT_NOT_FOUND'],
    ['before the opening', {}, aSchedule({ opensAt: at(1) }), 'SALES_CLOSED'],
    ['at the opening', {}, aSchedule({ opensAt: at(0) }), 'applied'],
    ['at the end of sales', {}, aSchedule({ salesEndAt: at(0) }), 'applied'],
    ['after the end of sales', {}, aSchedule({ salesEndAt: at(-1) }), 'SALES_CLOSED'],
    ['a cancelled show', {}, aSchedule({ status: 'CANCELLED' }), 'SALES_CLOSED'],
  ])('%s', (_, given, schedule, verdict) => {
    expect(plan([asked(given)], { schedules: new Map([[1, schedule]]) })).toEqual([verdict]);
  });

  test('who comes first in the batch has the seat', () => {
    const holds = [asked({ userId: 'a' }), asked({ userId: 'b' }), asked({ userId: 'c', seatNumber: 2 })];
    expect(plan(holds)).toEqual(['applied', 'SEAT_TAKEN', 'applied']);
    expect(plan(holds, { claimed: new Set([seatKey({ scheduleId: 1, seatNumber: 1 })]) })).toEqual([
      'SEAT_TAKEN',
      'SEAT_TAKEN',
      'applied',
    ]);
  });

  test('a fan has so many places and no more, counted over the batch and what is live', () => {
    const holds = [1, 2, 3, 4, 5].map((seatNumber) => asked({ seatNumber }));
    expect(plan(holds)).toEqual(['applied', 'applied', 'applied', 'applied', 'HOLD_LIMIT_REACHED']);
    const slots = new Map([[fanKey(asked()), new Set([1, 3])]]);
    const planned = planHolds(holds, scene({ slots }), terms, now);
    expect(planned.map((each) => (each.kind === 'applied' ? each.reservation.liveSlot : each.kind))).toEqual([
      2,
      4,
      'rejected',
      'rejected',
      'rejected',
    ]);
  });

  test('a limit that was lowered counts what is held above it', () => {
    const slots = new Map([[fanKey(asked()), new Set([3, 4])]]);
    const decide = (holdLimit: number) => planHolds([asked()], scene({ slots }), { ...terms, holdLimit }, now)[0]?.kind;
    expect(decide(2)).toBe('rejected');
    expect(decide(3)).toBe('applied');
  });

  test('a key that is known is answered as then, also where the seat is taken and sales are over', () => {
    const before = aHold({ holdKey: 'k', seatNumber: 1 });
    const given = { heldWithKey: [before], schedules: new Map(), claimed: new Set(['1/1']) };
    expect(planHolds([asked({ holdKey: 'k' })], scene(given), terms, now)).toEqual([
      { kind: 'held-before', reservation: before },
    ]);
    expect(plan([asked({ holdKey: 'k', seatNumber: 2 })], given)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
    expect(plan([asked({ holdKey: 'k', userId: 'another' })], { heldWithKey: [before] })).toEqual(['applied']);
  });

  test('a key twice in one batch is still running', () => {
    const twice = [
      asked({ holdKey: 'k' }),
      asked({ holdKey: 'k' }),
      asked({ holdKey: 'k', userId: 'b', seatNumber: 2 }),
    ];
    expect(plan(twice)).toEqual(['applied', 'IDEMPOTENCY_KEY_IN_USE', 'applied']);
  });

  test('its own row, from an attempt of which nobody knew that it was committed, is its success', () => {
    const mine = aHold({ id: 'mine' });
    const given = { own: [mine], claimed: new Set(['1/1']) };
    expect(planHolds([asked({ id: 'mine' })], scene(given), terms, now)).toEqual([
      { kind: 'held-before', reservation: mine },
    ]);
  });

  test('law: no seat twice, no slot twice, no fan above the limit', () => {
    const fans = fc.constantFrom('a', 'b', 'c');
    const seats = fc.integer({ min: 1, max: 12 });
    const holds = fc.array(fc.record({ userId: fans, seatNumber: seats }), { maxLength: 30 });
    const live = fc.dictionary(fans, fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }), { maxKeys: 3 });
    fc.assert(
      fc.property(holds, live, fc.array(seats), (wanted, slotsOfFans, claimed) => {
        const slots = new Map(
          Object.entries(slotsOfFans).map(([userId, taken]) => [fanKey(asked({ userId })), new Set(taken)]),
        );
        const given = { slots, claimed: new Set(claimed.map((seatNumber) => seatKey({ scheduleId: 1, seatNumber }))) };
        const held = planHolds(wanted.map(asked), scene(given), terms, now).flatMap((planned) =>
          planned.kind === 'applied' ? [planned.reservation] : [],
        );
        const all = [
          ...claimed.filter((seat, index) => claimed.indexOf(seat) === index),
          ...held.map((h) => h.seatNumber),
        ];
        expect(new Set(all).size).toBe(all.length);
        for (const userId of ['a', 'b', 'c']) {
          const taken = [
            ...(slotsOfFans[userId] ?? []),
            ...held.filter((h) => h.userId === userId).map((h) => h.liveSlot),
          ];
          expect(new Set(taken).size).toBe(taken.length);
          expect(taken.length).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});
