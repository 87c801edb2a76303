import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawSchedule } from './draw.ts';
import { ALL_KINDS, targetsOf } from './kinds.ts';

const options = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  lengthMs: fc.integer({ min: 60_000, max: 600_000 }),
  kinds: fc.subarray(ALL_KINDS, { minLength: 1 }),
  replicas: fc.integer({ min: 1, max: 4 }),
});

test('the same seed draws the same schedule', () => {
  fc.assert(fc.property(options, (given) => void expect(drawSchedule(given)).toEqual(drawSchedule(given))));
});

test('a run of a minute has each kind, and nothing before it is known how a calm system answers', () => {
  fc.assert(
    fc.property(options, (given) => {
      const faults = drawSchedule(given);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(given.kinds));
      for (const { kind, target, atMs, durationMs } of faults) {
        expect(targetsOf(kind, given.replicas)).toContain(target);
        expect(atMs).toBeGreaterThanOrEqual(5_000);
        expect(atMs + durationMs).toBeLessThanOrEqual(given.lengthMs);
      }
      expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    }),
  );
});

test('two faults never begin or end the same process at once', () => {
  fc.assert(
    fc.property(options, (given) => {
      const freeFrom = new Map<string, number>();
      for (const { kind, target, atMs, durationMs } of drawSchedule(given)) {
        if (!['kill', 'freeze', 'restart'].includes(kind)) continue;
        expect(atMs).toBeGreaterThanOrEqual(freeFrom.get(target) ?? 0);
        freeFrom.set(target, atMs + durationMs);
      }
    }),
  );
});

test('ten minutes hit every process in every way, and overlap', () => {
  const faults = drawSchedule({ seed: 1, lengthMs: 600_000, kinds: ALL_KINDS, replicas: 2 });
  for (const kind of ALL_KINDS) {
    const hit = new Set(faults.filter((fault) => fault.kind === kind).map(({ target }) => target));
    expect(hit.size).toBeGreaterThanOrEqual(Math.min(targetsOf(kind, 2).length, 8));
  }
  const overlapping = faults.filter((fault, index) =>
    faults.some((other, at) => at !== index && other.atMs <= fault.atMs && fault.atMs < other.atMs + other.durationMs),
  );
  expect(overlapping.length).toBeGreaterThan(faults.length / 4);
});
