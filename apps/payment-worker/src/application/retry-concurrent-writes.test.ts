import { isTransient } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { ConcurrentWriteError } from './ports.ts';
import { retryConcurrentWrites } from './retry-concurrent-writes.ts';

/** A unit of work that fails with each of these errors in turn, then succeeds. */
function failing(errors: Error[]) {
  let attempts = 0;
  const unitOfWork = retryConcurrentWrites<null>({
    run: async (work) => {
      attempts++;
      const error = errors.shift();
      if (error !== undefined) throw error;
      return work(null);
    },
  });
  return { run: () => unitOfWork.run(async () => 'done'), attempts: () => attempts };
}

test('decides anew while others come first', async () => {
  const { run, attempts } = failing([new ConcurrentWriteError(), new ConcurrentWriteError()]);
  expect(await run()).toBe('done');
  expect(attempts()).toBe(3);
});

test('gives up in the end, with an error that is worth another try later', async () => {
  const { run, attempts } = failing(Array.from({ length: 50 }, () => new ConcurrentWriteError('taken')));
  const error = await run().catch((caught: unknown) => caught);
  expect(isTransient(error)).toBe(true);
  expect(attempts()).toBe(10);
});

test('any other error is not its business', async () => {
  const { run, attempts } = failing([new Error('broken')]);
  await expect(run()).rejects.toThrow('broken');
  expect(attempts()).toBe(1);
});
