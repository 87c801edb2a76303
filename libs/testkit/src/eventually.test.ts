import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';

test('answers as soon as the condition holds', async () => {
  let calls = 0;
  const value = await eventually(() => {
    calls++;
    if (calls === 1) throw new Error('not yet');
    return calls === 2 ? false : { calls };
  });
  expect(value).toEqual({ calls: 3 });
});

test('rejects with the last reason when it never does', async () => {
  await expect(eventually(() => Promise.reject(new Error('still not')), 50)).rejects.toThrow('still not');
  await expect(eventually(() => false, 50)).rejects.toThrow('not so after 50 ms');
});
