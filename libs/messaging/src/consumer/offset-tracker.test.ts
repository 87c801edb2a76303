import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetTracker, type Ticket } from './offset-tracker.ts';

/** Offsets with gaps, and the order in which they finish (some never). */
const runs = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 60 })
  .map((steps) => steps.map((_, index) => BigInt(steps.slice(0, index + 1).reduce((sum, step) => sum + step, 0))))
  .chain((offsets) => fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets)));

describe('OffsetTracker', () => {
  test('its position is the first unfinished offset, whatever finishes in whatever order', () => {
    fc.assert(
      fc.property(runs, ([offsets, finishing]) => {
        const tracker = new OffsetTracker();
        const tickets = new Map<bigint, Ticket>(offsets.map((offset) => [offset, tracker.start(offset)]));
        const open = new Set(offsets);
        for (const offset of finishing) {
          tracker.finish(tickets.get(offset) as Ticket);
          open.delete(offset);
          const firstOpen = offsets.find((other) => open.has(other));
          expect(tracker.position).toBe(firstOpen ?? (offsets.at(-1) as bigint) + 1n);
        }
      }),
    );
  });

  test('its position never goes back while messages start and finish', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), fc.nat(), (starts, seed) => {
        const tracker = new OffsetTracker();
        const open: Ticket[] = [];
        let next = 0n;
        let last = -1n;
        for (const [step, start] of starts.entries()) {
          if (start) open.push(tracker.start(next++));
          else {
            const [ticket] = open.splice((seed + step) % Math.max(open.length, 1), 1);
            if (ticket !== undefined) tracker.finish(ticket);
          }
          const position = tracker.position ?? -1n;
          expect(position).toBeGreaterThanOrEqual(last);
          last = position;
        }
      }),
    );
  });

  test('passes over what was never handed out, up to where the fetch went on', () => {
    const tracker = new OffsetTracker();
    expect(tracker.position).toBeUndefined();
    const ticket = tracker.start(7n);
    tracker.passTo(12n);
    expect(tracker.position).toBe(7n);
    tracker.finish(ticket);
    expect(tracker.position).toBe(12n);
  });

  test('keeps no memory of what is finished', () => {
    const tracker = new OffsetTracker();
    for (let offset = 0n; offset < 100_000n; offset++) tracker.finish(tracker.start(offset));
    expect(tracker.position).toBe(100_000n);
    expect(tracker.kept).toBeLessThan(4_096);
  });

  test('refuses offsets that go back', () => {
    const tracker = new OffsetTracker();
    tracker.start(5n);
    expect(() => tracker.start(5n)).toThrow(RangeError);
  });
});
