import { noFaults } from '../../src/faults.ts';
import { Life } from '../../src/life.ts';
import { Scheduler } from '../../src/scheduler.ts';

const TURN_MS = 5;

/**
 * A scheduler that nobody else drives, and a process on it in which nothing fails: for the suites of the real twins.
 * `inRealTime`: its time is the machine's, for suites that look at both.
 */
export function drivenWorld({ inRealTime = false } = {}) {
  const scheduler = new Scheduler(1, false, inRealTime ? Date.now() : undefined);
  let waiting = 0;
  const drive = async (): Promise<void> => {
    while (waiting > 0) {
      const turnMs = inRealTime ? Math.max(0, Date.now() - scheduler.nowMs) : TURN_MS;
      // The machine does not wait for those who have had their answer.
      await scheduler.runUntil(() => waiting === 0 && !inRealTime, turnMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return {
    scheduler,
    faults: noFaults,
    life: new Life('test', scheduler, 0),
    /** Virtual time passes for as long as somebody waits for one of these. */
    async driven<T>(outcome: Promise<T>): Promise<T> {
      if (waiting++ === 0) void drive();
      try {
        return await outcome;
      } finally {
        waiting--;
      }
    },
    /** Virtual time passes until it is told to end. */
    turn(): () => void {
      if (waiting++ === 0) void drive();
      return () => {
        waiting--;
      };
    },
  };
}

export type DrivenWorld = ReturnType<typeof drivenWorld>;

/** The same object, whose every method is driven. */
export function drivenMethods<Methods extends object>({ driven }: DrivenWorld, methods: Methods): Methods {
  const entries = Object.entries(methods).map(([name, call]) => [name, (...args: unknown[]) => driven(call(...args))]);
  return Object.fromEntries(entries) as Methods;
}
