import { expect, test } from 'vitest';
import { nearestPost } from './empty-post.ts';

test('a suite is held against the empty call of its kind whose rate is nearest to its own', () => {
  const post = (admission: boolean, ratePerSecond: number) => ({ admission, ratePerSecond, record: { valid: true } });
  const posts = [post(false, 2_000), post(false, 3_000), post(false, 10_000), post(true, 3_000)];
  const rateFor = (admission: boolean, ratePerSecond: number) =>
    nearestPost(posts, { admission, ratePerSecond })?.ratePerSecond;
  expect([rateFor(false, 2_250), rateFor(false, 2_750), rateFor(false, 9_950), rateFor(true, 9_950)]).toEqual([
    2_000, 3_000, 10_000, 3_000,
  ]);
  expect(nearestPost([], { admission: false, ratePerSecond: 1 })).toBeUndefined();
});
