import { describe, expect, test } from 'vitest';
import { later, NOW } from '../../test/builders.ts';
import { type BacklogWatch, endsRead, reached, unwatched } from './backlog.ts';

const bounds = { maxGapMs: 5_000, recoveryGraceMs: 10_000 };
const ends = (end: bigint) => new Map([[0, end]]);

/** Looks once a second, from `from` to `to`, each finding one result more. */
function looked(from: number, to: number, watch: BacklogWatch = unwatched): BacklogWatch {
  for (let at = from; at <= to; at += 1_000) {
    watch = endsRead(watch, { readAt: later(at), ends: ends(BigInt(at)) }, bounds);
  }
  return watch;
}

describe('the watch over the backlog', () => {
  test('remembers no reading until Kafka has been there for the grace', () => {
    expect(looked(0, 9_000).mark).toBeNull();
    expect(looked(0, 10_000).mark).toEqual({ readAt: later(10_000), ends: ends(10_000n) });
  });

  test('keeps a reading until it is given up, so that a busy topic is reached at all', () => {
    expect(looked(0, 60_000).mark?.readAt).toEqual(later(10_000));
    expect(looked(11_000, 11_000, { ...looked(0, 10_000), mark: null }).mark?.readAt).toEqual(later(11_000));
  });

  test('starts anew after a gap: nobody saw whether Kafka was there', () => {
    const after = looked(65_001, 65_001, looked(0, 60_000));
    expect(after).toEqual({ reachableSince: later(65_001), seenAt: later(65_001), mark: null });
    expect(looked(65_000, 65_000, looked(0, 60_000)).mark).not.toBeNull();
  });

  test('starts anew when the clock goes back', () => {
    expect(endsRead(looked(0, 60_000), { readAt: NOW, ends: ends(1n) }, bounds).mark).toBeNull();
  });

  test('without a grace, the first reading counts', () => {
    expect(endsRead(unwatched, { readAt: NOW, ends: ends(1n) }, { ...bounds, recoveryGraceMs: 0 }).mark).toEqual({
      readAt: NOW,
      ends: ends(1n),
    });
  });
});

describe('a group has reached the ends', () => {
  test.each([
    ['when each partition is there or beyond', { 0: 5n, 1: 3n }, { 0: 5n, 1: 9n }, true],
    ['not when one is behind', { 0: 5n, 1: 3n }, { 0: 5n, 1: 2n }, false],
    ['when a partition of which nothing is known is empty', { 0: 5n, 1: 0n }, { 0: 5n }, true],
    ['not when nothing is known of a partition with results', { 0: 5n, 1: 1n }, { 0: 5n }, false],
    ['when there are no partitions', {}, {}, true],
  ])('%s', (_, endings: Record<number, bigint>, processed: Record<number, bigint>, expected) => {
    const offsets = (record: Record<number, bigint>) =>
      new Map(Object.entries(record).map(([partition, offset]) => [Number(partition), offset]));
    expect(reached(offsets(endings), offsets(processed))).toBe(expected);
  });
});
