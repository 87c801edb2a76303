import { expect, test } from 'vitest';
import type { LoadResult } from '../load/load-job.ts';
import { acceptedPerSecond, answersOf, secondsToNormal } from './figures.ts';

/** Ten requests a second, each with its status and time. */
const load = (answers: [status: number, ms: number][]): LoadResult => ({
  startedAtMs: 0,
  intendedMs: Float64Array.from(answers, (_, index) => index * 100),
  sentMs: Float64Array.from(answers, (_, index) => index * 100),
  answeredMs: Float64Array.from(answers, ([, ms], index) => index * 100 + ms),
  status: Uint16Array.from(answers, ([status]) => status),
  complaints: [],
  connections: 1,
});
const second = (status: number, ms: number) => Array.from({ length: 10 }, (): [number, number] => [status, ms]);

test('answers are told apart by status, and their times by whether they were accepted', () => {
  const answers = answersOf(load([...second(202, 40), ...second(503, 2), [0, Number.NaN]]));
  expect(answers).toMatchObject({ offered: 21, accepted: 10, byStatus: { 202: 10, 503: 10, 0: 1 } });
  expect(answers.acceptedMs.p50).toBeCloseTo(40, 0);
  expect(answers.refusedMs.p50).toBeCloseTo(2, 0);
  expect(acceptedPerSecond(load(second(202, 40)), 1_000)).toBe(10);
});

test('it is back to normal from the second on in which all are accepted, and quickly, to the end', () => {
  expect(secondsToNormal(load([...second(202, 10), ...second(202, 10)]), 50)).toBe(0);
  expect(secondsToNormal(load([...second(503, 1), ...second(202, 900), ...second(202, 10)]), 50)).toBe(2);
  expect(secondsToNormal(load([...second(202, 10), ...second(0, Number.NaN), ...second(202, 10)]), 50)).toBe(2);
  expect(secondsToNormal(load([...second(202, 10), ...second(503, 1)]), 50)).toBeNull();
});
