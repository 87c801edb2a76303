import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at } from '../../test/builders.ts';
import { compareSales, secondsToSellOut } from './ranking.ts';
import { numberSeats, priceOf } from './schedule.ts';
import { countChange, isSoldOut, type SeatMap } from './seat-map.ts';
import { seatsIn, toRanges } from './seat-ranges.ts';

const map: SeatMap = {
  scheduleId: 1,
  seatsTotal: 10,
  termsRevision: 1,
  version: 5,
  claimed: 9,
  blocked: 2,
  sold: 7,
  firstSoldAt: at(1),
  soldOutAt: null,
};
const change = { taken: new Set<number>(), freed: new Set<number>(), sold: 0, blocked: 0 };

describe('counting', () => {
  test('a change of claims is one version, told as ranges', () => {
    const counted = countChange(map, { ...change, taken: new Set([3, 1, 2]), freed: new Set([9]) }, at(9));
    expect(counted.map).toMatchObject({ version: 6, claimed: 11 });
    expect(counted.step).toEqual({ version: 6, taken: [[1, 3]], freed: [[9, 9]] });
  });

  test('a sale changes no claim, so no version', () => {
    const counted = countChange({ ...map, firstSoldAt: null }, { ...change, sold: 1 }, at(9));
    expect(counted).toMatchObject({ step: null, soldOut: true, map: { version: 5, sold: 8, firstSoldAt: at(9) } });
  });

  test('is sold out once: when the last seat that is not blocked is sold', () => {
    expect(countChange(map, change, at(9)).soldOut).toBe(false);
    expect(countChange(map, { ...change, blocked: 1 }, at(9)).soldOut).toBe(true);
    expect(countChange({ ...map, sold: 0, blocked: 9 }, { ...change, blocked: 1 }, at(9)).soldOut).toBe(false);
    const out = countChange(map, { ...change, sold: 1 }, at(9));
    expect(out).toMatchObject({ soldOut: true, map: { soldOutAt: at(9) } });
    expect(isSoldOut(out.map)).toBe(true);
    const back = countChange(out.map, { ...change, sold: -1, freed: new Set([1]) }, at(10));
    expect(back).toMatchObject({ soldOut: false, map: { soldOutAt: at(9), firstSoldAt: at(1) } });
    expect(isSoldOut(back.map)).toBe(false);
    expect(countChange(back.map, { ...change, sold: 1 }, at(11))).toMatchObject({ soldOut: false });
  });
});

test('law: ranges hold exactly the seats that went in, in as few ranges as can be', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 200 })), (seats) => {
      const ascending = seats.toSorted((a, b) => a - b);
      const ranges = toRanges(ascending);
      expect([...seatsIn(ranges)]).toEqual(ascending);
      for (const [index, [from]] of ranges.entries()) {
        const before = ranges[index - 1];
        if (before !== undefined) expect(from).toBeGreaterThan(before[1] + 1);
      }
    }),
  );
});

test('law: seats are numbered through the sections without a gap, and each has the price of its section', () => {
  const plans = fc.array(
    fc.record({
      name: fc.constant('n'),
      grade: fc.constant('g'),
      price: fc.integer({ min: 1, max: 9 }),
      rows: fc.integer({ min: 1, max: 5 }),
      rowLength: fc.integer({ min: 1, max: 5 }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(plans, (given) => {
      const { sections, seatsTotal } = numberSeats(given);
      const prices = given.flatMap(({ price, rows, rowLength }) => Array<number>(rows * rowLength).fill(price));
      expect(seatsTotal).toBe(prices.length);
      expect(prices.map((_, index) => priceOf({ sections }, index + 1))).toEqual(prices);
      expect([0, seatsTotal + 1].map((seat) => priceOf({ sections }, seat))).toEqual([null, null]);
    }),
  );
});

test('ranking: sold out first, the fastest first of them; then by the share that is sold', () => {
  const show = (scheduleId: number, sold: number, soldOutMs: number | null) => ({
    scheduleId,
    opensAt: at(0),
    seatsTotal: 10,
    sold,
    soldOutAt: soldOutMs === null ? null : at(soldOutMs),
  });
  const shows = [show(1, 3, null), show(2, 10, 90_000), show(3, 9, null), show(4, 9, 60_400), show(5, 3, null)];
  expect(shows.toSorted(compareSales).map(({ scheduleId }) => scheduleId)).toEqual([4, 2, 3, 1, 5]);
  expect(shows.map(secondsToSellOut)).toEqual([null, 90, null, 60, null]);
  expect(secondsToSellOut({ opensAt: at(5), soldOutAt: at(0) })).toBe(0);
});
