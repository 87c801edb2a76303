import { expect, test } from 'vitest';
import { type DrainSample, drained } from './drain.ts';

/** 100 s of draining, a sample a second. */
function samples(rateAt: (second: number) => number, megabytesAt: (second: number) => number = () => 800) {
  const list: DrainSample[] = [{ second: 0, settled: 0, megabytes: 400 }];
  for (let second = 1; second <= 100; second++) {
    const settled = (list.at(-1)?.settled ?? 0) + rateAt(second);
    list.push({ second, settled, megabytes: megabytesAt(second) });
  }
  return list;
}

test('a drain that keeps its rate and its memory counts; a slow warm-up and a slow last second do not decide', () => {
  const warmingUp = samples((second) => (second < 6 || second === 100 ? 200 : 2_000));
  expect(drained(warmingUp)).toMatchObject({ startPerSecond: 2_000, endPerSecond: 2_000, notes: [] });
});

test('one that slows down, or whose memory grows with what it drained, does not', () => {
  expect(drained(samples((second) => 2_000 - second * 5)).notes).toEqual([
    expect.stringContaining('the rate at the end'),
  ]);
  const leaking = samples(
    () => 2_000,
    (second) => 800 + second * 4,
  );
  expect(drained(leaking).notes).toEqual([expect.stringContaining('memory grew')]);
});

test('a few seconds, or none that moved, have no beginning and no end', () => {
  for (const few of [samples(() => 2_000).slice(0, 10), samples(() => 0), []])
    expect(drained(few).notes).toHaveLength(1);
});
