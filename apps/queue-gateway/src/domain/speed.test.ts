import { expect, test } from 'vitest';
import { Speed } from './speed.ts';

test('says how fast a line moves, once it was watched for long enough', () => {
  const speed = new Speed();
  speed.observe(0, 0, 100);
  speed.observe(4_000, 40, 100);
  expect(speed.perSecond).toBeNull();
  speed.observe(10_000, 100, 100);
  expect(speed.perSecond).toBe(10);
});

test('forgets what is long ago, and everything once nobody waits', () => {
  const speed = new Speed();
  speed.observe(0, 0, 9);
  for (let second = 100; second <= 150; second++) speed.observe(second * 1_000, (second - 100) * 2, 9);
  expect(speed.perSecond).toBe(2);
  speed.observe(151_000, 200, 0);
  expect(speed.perSecond).toBeNull();
});

test('a line that stands still has no speed', () => {
  const speed = new Speed();
  speed.observe(0, 7, 9);
  speed.observe(30_000, 7, 9);
  expect(speed.perSecond).toBe(0);
});
