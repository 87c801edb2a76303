import { expect, test } from 'vitest';
import { countOf, createSteps, table } from './steps.mjs';

function setup(signal) {
  const printed = [];
  let time = 0;
  const steps = createSteps({ print: (text) => printed.push(text), now: () => time, signal });
  const wait = (ms) => async () => {
    time += ms;
  };
  return { printed, steps, wait };
}

const fail = async () => {
  throw new Error('it rains');
};

test('a step that fails is said with its reason, and the next one is run all the same', async () => {
  const { printed, steps, wait } = setup();
  const pass = steps.section('root');
  await pass.run('walk', fail);
  await pass.run('stop', wait(61_500));
  expect(printed[1]).toBe('[00:00] root: walk: FAILED after 0.0 s\n    it rains');
  expect(printed.at(-1)).toBe('[01:01] root: stop: ok, 61.5 s');
  expect(countOf(steps.all())).toEqual({ passed: 1, failed: 1 });
});

test('what stands on a step that failed is not run, and counts as failed', async () => {
  const { steps, wait } = setup();
  const pass = steps.section('root');
  await pass.run('start', fail, { blocks: true });
  await pass.run('walk', wait(1));
  await steps.section('user').run('start', wait(2_000));
  expect(steps.all().map(({ state }) => state)).toEqual(['FAILED', 'not run', 'ok']);
  expect(countOf(steps.all())).toEqual({ passed: 1, failed: 2 });
  expect(table(steps.all())).toBe(
    [
      'pass     step   result    seconds',
      'root     start  FAILED        0.0',
      'root     walk   not run       0.0',
      'user     start  ok            2.0',
    ].join('\n'),
  );
});

test('after Ctrl-C no further step begins', async () => {
  const { steps, wait } = setup(AbortSignal.abort());
  await steps.section('root').run('start', wait(1));
  expect(steps.all()[0].state).toBe('not run');
});

test('a remark goes with the progress', async () => {
  const { printed, steps } = setup();
  await steps.section('root').run('npm test', async () => '12 passed, 0 failed');
  expect(printed.at(-1)).toContain('ok, 0.0 s (12 passed, 0 failed)');
});
