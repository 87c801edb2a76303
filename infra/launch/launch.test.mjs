import { describe, expect, test } from 'vitest';
import { parseArguments } from './arguments.mjs';
import { readableLogLine } from './log-line.mjs';

describe('the command line', () => {
  test('options', () => {
    expect(
      parseArguments(['--yes', '--without', 'payment-worker', '--without=result-worker', '--profile', 'load']),
    ).toEqual({
      yes: true,
      help: false,
      infraOnly: false,
      test: false,
      profile: 'load',
      without: ['payment-worker', 'result-worker'],
    });
  });

  test.each([
    [['--without', 'nobody'], '--without nobody: it is one of queue-gateway'],
    [['--without'], '--without needs a value'],
    [['--profile', 'heavy'], '--profile heavy: it is one of default, load'],
    [['--what'], 'There is no option --what'],
  ])('%j is a mistake', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});

describe("an app's log line on the terminal", () => {
  test('is for people', () => {
    const line = JSON.stringify({
      level: 'info',
      time: '2026-11-22T23:26:08.139Z',
      name: 'payment-worker',
      port: 3003,
      msg: 'listening',
    });
    expect(readableLogLine(line)).toBe('info  listening port=3003');
    expect(readableLogLine('{"level":40,"msg":"slow","ms":12}')).toBe('warn  slow ms=12');
  });

  test('shows an error with its stack', () => {
    const line = JSON.stringify({
      level: 'error',
      msg: 'failed',
      err: { message: 'no', stack: 'Error: no\n    at here' },
    });
    expect(readableLogLine(line)).toBe('error failed err=Error: no\n    at here');
  });

  test.each(['plain text', '{"level":30,"msg":"cut of', '{"other": 1}'])('is left as it is otherwise: %s', (line) => {
    expect(readableLogLine(line)).toBe(line);
  });
});
