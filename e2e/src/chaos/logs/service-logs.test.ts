import { expect, test } from 'vitest';
import { crashesOf, summarise } from './service-logs.ts';

const line = (level: string, msg: string, message?: string): string =>
  JSON.stringify({ level, msg, ...(message === undefined ? {} : { err: { type: 'Error', message, stack: 'at x' } }) });

const read = (...lines: string[]) => summarise([{ name: 'app-2', service: 'app', text: lines.join('\n') }]);

test('what differs by numbers and ids alone is counted as one, most frequent first', () => {
  const { errors } = read(
    line('error', 'job failed', 'rare'),
    line('error', 'not sent', 'connect ECONNREFUSED 127.0.0.1:29763'),
    line('info', 'all is well'),
    line('error', 'not sent', 'connect ECONNREFUSED 127.0.0.1:1'),
  );
  expect(errors).toEqual([
    { service: 'app', level: 'error', what: 'not sent: Error connect ECONNREFUSED #.#.#.#:#', count: 2 },
    { service: 'app', level: 'error', what: 'job failed: Error rare', count: 1 },
  ]);
});

test('lines that were left out count by themselves: nobody knows what they said', () => {
  const { errors } = read(
    line('error', 'not sent'),
    JSON.stringify({ level: 'error', msg: 'not sent', linesLeftOut: 5 }),
  );
  expect(errors.map(({ what, count }) => [what, count])).toEqual([
    ['(lines that were left out, there were too many)', 5],
    ['not sent', 2],
  ]);
});

test('an error that nobody caught is a crash, a start without its database is none', () => {
  const logs = read(
    line('fatal', 'start failed', 'no database'),
    line('fatal', 'unhandled error', 'x is not a function'),
  );
  expect(crashesOf(logs).map(({ what }) => what)).toEqual(['unhandled error: Error x is not a function']);
});

test('an end with an exit code is told, a kill and an end in order are not', () => {
  const { gaveUp } = read(
    '--- 2026-11-25T23:59:33.628Z ended (SIGKILL)',
    '--- 2026-11-25T23:59:34.628Z ended (exit code 0)',
    '--- 2026-11-25T23:59:35.628Z ended (exit code 1)',
    '--- 2026-11-25T23:59:36.628Z ended (exit code 1)',
  );
  expect(gaveUp).toEqual([{ process: 'app-2', how: 'exit code 1', count: 2 }]);
});

test('a line that is cut short or is no JSON is passed over', () => {
  expect(read('{"level":"error","msg":"cut', 'Debugger attached')).toEqual({ errors: [], gaveUp: [] });
});
