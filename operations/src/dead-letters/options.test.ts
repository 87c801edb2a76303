import { describe, expect, test } from 'vitest';
import { parseOptions } from './options.ts';

const NOW = new Date('2026-11-22T10:00:00Z');
const parse = (line: string) => parseOptions(line.split(' '), NOW);

describe('what the command line says', () => {
  test('filters, with ages as well as times', () => {
    expect(parse('list --topic payment-requests --code REFUND_FAILED --since 6h --until 2026-11-22 --json')).toEqual({
      command: {
        name: 'list',
        limit: 50,
        filters: {
          topic: 'payment-requests',
          errorCode: 'REFUND_FAILED',
          since: '2026-11-22T04:00:00.000Z',
          until: '2026-11-22T00:00:00.000Z',
        },
      },
      json: true,
    });
  });

  test('many at once are those that are NEW', () => {
    expect(parse('replay --all --reason r --limit 7')?.command).toEqual({
      name: 'replay',
      which: { filters: { status: 'NEW' }, limit: 7, yes: false },
      reason: 'r',
      repaired: null,
      dryRun: false,
    });
  });

  test('a dry run needs no reason', () => {
    expect(parse('replay x --dry-run')?.command).toMatchObject({ which: { id: 'x' }, dryRun: true });
  });

  test('help', () => {
    expect(parse('list --help')).toBeNull();
  });
});

test.each([
  ['', /there is no command/],
  ['sell', /no command sell/],
  ['show', /one id/],
  ['show a b', /one id/],
  ['list a', /no id/],
  ['replay a', /--reason/],
  ['discard a', /--reason/],
  ['replay a --all --reason r', /no id/],
  ['replay --all --value x --reason r', /does not take --value/],
  ['replay a --topic t --reason r', /does not take --topic/],
  ['replay a --value x --value-hex 00 --reason r', /only one of/],
  ['replay a --value-file /no/such/file --reason r', /--value-file/],
  ['discard a --dry-run --reason r', /does not take --dry-run/],
  ['list --since yesterday', /--since/],
  ['list --limit 0', /--limit/],
  ['list --status OLD', /--status/],
  ['list --colour red', /colour/],
])('refuses %s', (line, message) => {
  expect(() => parse(line)).toThrow(message);
});
