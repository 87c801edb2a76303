import { expect, test } from 'vitest';
import { highestValid } from './payments-wallet.ts';

const search = async (bounds: Parameters<typeof highestValid>[0], most: number) => {
  const tried: number[] = [];
  const best = await highestValid(bounds, async (rate) => {
    tried.push(rate);
    return rate <= most;
  });
  return { best, tried };
};

test('what other suites found is not tried again, and the rest is halved', async () => {
  expect(await search({ held: 2_000, tooMuch: 3_000 }, 2_600)).toEqual({ best: 2_500, tried: [2_500, 2_750] });
  expect(await search({ held: 4_000, tooMuch: null }, 5_400)).toEqual({
    best: 5_250,
    tried: [5_000, 6_000, 5_500, 5_250],
  });
});

test('alone it begins at 2,000/s, and goes below where that is too much', async () => {
  expect(await search({ held: 0, tooMuch: null }, 2_100)).toEqual({ best: 2_000, tried: [2_000, 3_000, 2_500, 2_250] });
  expect((await search({ held: 0, tooMuch: 2_000 }, 900)).best).toBe(750);
  expect((await search({ held: 0, tooMuch: 2_000 }, 0)).best).toBe(250);
});

test('a lower rate that failed in a bad moment is no bound; there is one above which nothing is tried', async () => {
  expect((await search({ held: 3_000, tooMuch: 2_000 }, 3_300)).best).toBe(3_250);
  expect((await search({ held: 4_000, tooMuch: null }, 100_000)).best).toBe(8_000);
});
