import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WaitingTimes } from './waiting-times.ts';

test('what is under way for longer than the time is counted, until it ends', () => {
  const times = new WaitingTimes(1_000);
  const end = times.start(5_000);
  times.start(5_500);
  expect([times.count, times.longAt(5_899)]).toEqual([2, 0]);
  expect(times.longAt(6_000)).toBe(1);
  end();
  expect([times.count, times.longAt(6_000)]).toEqual([1, 0]);
  expect(times.longAt(60_000)).toBe(1);
});

test('law: the count is that of a list, give or take a tenth of the time', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(400), ends: fc.option(fc.nat()) }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const times = new WaitingTimes(1_000);
      const underWay: { sinceMs: number; end(): void }[] = [];
      let nowMs = 0;
      for (const { waitMs, ends } of all) {
        nowMs += waitMs;
        if (ends === null) underWay.push({ sinceMs: nowMs, end: times.start(nowMs) });
        else underWay.splice(ends % (underWay.length || 1), 1)[0]?.end();
        const longerThan = (ms: number) => underWay.filter(({ sinceMs }) => nowMs - sinceMs > ms).length;
        expect(times.count).toBe(underWay.length);
        expect(times.longAt(nowMs)).toBeGreaterThanOrEqual(longerThan(1_000));
        expect(times.longAt(nowMs)).toBeLessThanOrEqual(longerThan(899));
      }
    }),
  );
});
