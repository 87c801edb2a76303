import { ManualClock, systemClock } from '../../src/index.ts';
import { clockContract } from './clock-contract.ts';

clockContract('the system clock', () => ({ clock: systemClock, driven: (outcome) => outcome }));

clockContract('a manual clock', () => {
  const clock = new ManualClock();
  return {
    clock,
    async driven<T>(outcome: Promise<T>): Promise<T> {
      let isOver = false;
      const end = (): void => {
        isOver = true;
      };
      outcome.then(end, end);
      await Promise.resolve();
      while (!isOver) await clock.advance(1);
      return outcome;
    },
  };
});
