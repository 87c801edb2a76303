import { expect, test } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

test('the defaults are those of the issue: 5000 fans, 500 seats, 60 seconds, ten minutes at most', () => {
  expect(parseOptions([], 7)).toMatchObject({
    fans: 5000,
    seats: 500,
    arrivalMs: 60_000,
    limitMs: 600_000,
    holdTtlMs: 10_000,
    seed: 7,
    replicas: 1,
    kill: false,
    url: null,
  });
});

test('a running system keeps its own hold time unless it is said', () => {
  expect(parseOptions(['--url', 'http://localhost:8080'], 0)?.holdTtlMs).toBe(300_000);
  expect(parseOptions(['--url', 'http://localhost:8080', '--hold-ttl', '20'], 0)?.holdTtlMs).toBe(20_000);
});

test.each([
  [['--fans', '0']],
  [['--seats', 'many']],
  [['--unknown']],
  [['--kill', '--url', 'http://localhost']],
  [['--replicas', '5']],
])('%j is refused with a sentence', (args) => expect(() => parseOptions(args, 0)).toThrow(UsageError));

test('--help asks for nothing else', () => expect(parseOptions(['--help', '--fans', '0'], 0)).toBeNull());
