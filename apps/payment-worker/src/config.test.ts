import { readFileSync } from 'node:fs';
import { ConfigError, describeConfig, parseConfig } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { configSchema } from './config.ts';

const needed = {
  MYSQL_URL: 'mysql://payment:secret@127.0.0.1:3307/payment',
  KAFKA_BROKERS: '127.0.0.1:9092',
  AUTH_ISSUER: 'stagedoor-dev',
  AUTH_PUBLIC_KEYS_FILE: 'fan.jwks.json',
};
const parse = (env: Record<string, string>) => parseConfig(configSchema, env, { app: 'payment-worker' });

test('what must be set is enough, and the rest has the defaults of the design', () => {
  expect(parse(needed)).toMatchObject({ PORT: 3003, AUTH_MODE: 'jwt', PAYMENT_TIMEOUT_MS: 300_000 });
});

test.each([
  ['AUTH_MODE in production', { AUTH_MODE: 'dev', NODE_ENV: 'production' }],
  ['a timeout that is no time', { PAYMENT_TIMEOUT_MS: '5m' }],
  ['a provider outside without an address', { PAYMENT_PROVIDER: 'http' }],
  ['a batch longer than the databases read by index', { COMMIT_MAX_BATCH: '2000' }],
])('%s stops the start', (_, change) => {
  expect(() => parse({ ...needed, ...change })).toThrow(ConfigError);
});

test('.env.example lists every variable with its default', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const listed = [...example.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => `${name}=${value}`);
  expect(listed).toEqual(describeConfig(configSchema).map((row) => `${row.name}=${row.default ?? ''}`));
});
