import { expect, test } from 'vitest';
import { drawCharacter } from './character.ts';
import { Random } from './random.ts';

const crowd = (seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: 2_000 }, (_, index) => drawCharacter(random.fork(-index - 1), 60_000));
};

test('the same seed makes the same crowd, another seed another', () => {
  expect(crowd(1)).toEqual(crowd(1));
  expect(crowd(1)).not.toEqual(crowd(2));
});

test('a crowd has all kinds of fans, about as many as meant', () => {
  const fans = crowd(3);
  const share = (has: (fan: (typeof fans)[number]) => boolean) => fans.filter(has).length / fans.length;
  expect(share((fan) => fan.listens)).toBeCloseTo(0.3, 1);
  expect(share((fan) => fan.doubleClicks)).toBeCloseTo(0.1, 1);
  expect(share((fan) => fan.poor)).toBeGreaterThan(0.03);
  expect(share((fan) => fan.arrivesAfterMs < 30_000)).toBeCloseTo(0.5, 1);
  expect(Math.max(...fans.map((fan) => fan.thinkMs))).toBeLessThanOrEqual(7_000);
});
