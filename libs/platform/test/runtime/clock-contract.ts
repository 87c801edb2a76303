import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/index.ts';

/** A clock under test. */
export interface ClockSubject {
  clock: Clock;
  /** Resolves as the promise does, while the clock goes on. */
  driven<T>(outcome: Promise<T>): Promise<T>;
}

// A timer may fire, and a process wake, a little early or late by another clock.
const TOLERANCE_MS = 2;

/** What every Clock must do. */
export function clockContract(name: string, open: () => ClockSubject): void {
  describe(`clock contract: ${name}`, () => {
    test('a sleep is over after its time, not before', async () => {
      const { clock, driven } = open();
      const fromMs = clock.now().getTime();
      await driven(clock.sleep(40));
      expect(clock.now().getTime() - fromMs).toBeGreaterThanOrEqual(40 - TOLERANCE_MS);
    });

    test('sleepers wake in the order of their times', async () => {
      const { clock, driven } = open();
      const woken: number[] = [];
      await driven(Promise.all([60, 5, 30].map((ms) => clock.sleep(ms).then(() => woken.push(ms)))));
      expect(woken).toEqual([5, 30, 60]);
    });

    test('a sleep that is broken off is over at once, before it begins as well', async () => {
      const { clock, driven } = open();
      const controller = new AbortController();
      const fromMs = clock.now().getTime();
      const sleeping = driven(clock.sleep(60_000, controller.signal));
      controller.abort();
      await sleeping;
      await driven(clock.sleep(60_000, controller.signal));
      expect(clock.now().getTime() - fromMs).toBeLessThan(30_000);
    });

    test('no time, or less, is a turn and no more', async () => {
      const { clock, driven } = open();
      const fromMs = clock.now().getTime();
      await driven(Promise.all([clock.sleep(0), clock.sleep(-5)]));
      expect(clock.now().getTime() - fromMs).toBeLessThan(30_000);
    });

    test('the moment handed out is the caller’s own', () => {
      const { clock } = open();
      const moment = clock.now();
      moment.setUTCFullYear(1999);
      expect(clock.now().getUTCFullYear()).not.toBe(1999);
    });
  });
}
