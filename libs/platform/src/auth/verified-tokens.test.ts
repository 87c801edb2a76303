import { expect, test } from 'vitest';
import { VerifiedTokens } from './verified-tokens.ts';

test('an entry lasts to its end and no longer', () => {
  const tokens = new VerifiedTokens<string>(10);
  tokens.set('a', 'fan', 1000);
  expect(tokens.get('a', 999)).toBe('fan');
  expect(tokens.get('a', 1000)).toBeUndefined();
  expect(tokens.get('b', 0)).toBeUndefined();
});

test('never holds more than its size, and keeps what is used', () => {
  const tokens = new VerifiedTokens<number>(100);
  tokens.set('used', 0, Number.POSITIVE_INFINITY);
  for (let i = 0; i < 10_000; i++) {
    tokens.set(`token ${i}`, i, Number.POSITIVE_INFINITY);
    expect(tokens.get('used', 0)).toBe(0);
    expect(tokens.size).toBeLessThanOrEqual(100);
  }
  expect(tokens.get('token 0', 0)).toBeUndefined();
  expect(tokens.get('token 9999', 0)).toBe(9999);
});
