import { describe, expect, test } from 'vitest';
import { commandOf, parseOptions } from './options.ts';
import { ALL_KINDS } from './schedule/kinds.ts';

describe('npm run chaos', () => {
  test('takes every kind of fault, ten minutes, two of each service and a seed of its own', () => {
    expect(parseOptions([], 7)).toEqual({
      lengthMs: 600_000,
      seed: 7,
      kinds: ALL_KINDS,
      fansPerMinute: 400,
      replicas: 2,
      onlySchedule: false,
      json: null,
      keep: false,
    });
  });

  test('takes some kinds only, each once', () => {
    expect(parseOptions(['--faults', 'kill,cut,kill', '--minutes', '0.5'], 7)).toMatchObject({
      kinds: ['kill', 'cut'],
      lengthMs: 30_000,
    });
  });

  test('prints its help', () => {
    expect(parseOptions(['--help'], 7)).toBeNull();
  });

  test.each([
    [['--faults', 'kill,earthquake'], /no kind "earthquake"/],
    [['--minutes', 'long'], /--minutes takes a number from 0.5 to 120/],
    [['--minutes', ''], /--minutes takes a number/],
    [['--replicas', '1.5'], /--replicas takes a whole number/],
    [['--seed', '-1'], /--seed/],
    [['--quietly'], /quietly/],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args, 7)).toThrow(message);
  });

  test.each([[[]], [['--faults', 'reset,kill', '--minutes', '0.5', '--fans', '20', '--replicas', '3']]])(
    'names the command that does %j again',
    (args) => {
      const options = parseOptions([...args, '--seed', '7'], 0);
      const again = commandOf(options as NonNullable<typeof options>)
        .replace('npm run chaos -- ', '')
        .split(' ');
      expect(parseOptions(again, 0)).toEqual(options);
    },
  );
});
