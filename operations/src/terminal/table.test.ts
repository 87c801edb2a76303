import { expect, test } from 'vitest';
import { shortened, table } from './table.ts';

test('columns are as wide as what is in them', () => {
  expect(
    table(
      ['A', 'LONG', 'C'],
      [
        ['1', '2', '3'],
        ['four', '', 'x'],
      ],
    ),
  ).toBe('A     LONG  C\n1     2     3\nfour        x');
});

test('what came from elsewhere neither breaks the table nor speaks to the terminal', () => {
  expect(table(['A'], [['a\nb\u001b[31m\u202e\u2028c']])).toBe('A\na b [31m c');
});

test('long text is cut', () => {
  expect([shortened('abc', 3), shortened('abcd', 3)]).toEqual(['abc', 'ab…']);
});
