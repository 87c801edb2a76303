import { readFileSync } from 'node:fs';
import { ConfigError, describeConfig, parseConfig } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { configSchema } from './config.ts';

const needed = {
  MYSQL_URL: 'mysql://reservation:secret@127.0.0.1:3307/reservation',
  REDIS_URL: 'redis://reservation:secret@127.0.0.1:6380',
  KAFKA_BROKERS: '127.0.0.1:9092',
  AUTH_ISSUER: 'stagedoor-dev',
  AUTH_PUBLIC_KEYS_FILE: 'fan.jwks.json',
  ADMISSION_PUBLIC_KEYS_FILE: 'admission.jwks.json',
};
const parse = (env: Record<string, string>) => parseConfig(configSchema, env, { app: 'reservation-service' });

test('what must be set is enough, and the rest has the defaults of the design', () => {
  expect(parse(needed)).toMatchObject({
    PORT: 3002,
    REDIS_PREFIX: 'reservation:',
    HOLD_TTL_MS: 300_000,
    HOLD_LIMIT: 4,
    PAYMENT_TIMEOUT_MS: 300_000,
    REPUBLISH_AFTER_MS: 60_000,
    SAMPLE_CONCERT: false,
  });
});

test.each([
  ['a hold without an end', { HOLD_TTL_MS: '0' }],
  ['a limit that no slot could keep', { HOLD_LIMIT: '300' }],
  ['a batch longer than the databases read by index', { COMMIT_MAX_BATCH: '400' }],
  ['AUTH_MODE=dev in production', { AUTH_MODE: 'dev', NODE_ENV: 'production' }],
])('%s stops the start', (_, change) => {
  expect(() => parse({ ...needed, ...change })).toThrow(ConfigError);
});

test('.env.example lists every variable with its default', () => {
  const listed = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const lines = [...listed.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => `${name}=${value}`);
  expect(lines).toEqual(describeConfig(configSchema).map((row) => `${row.name}=${row.default ?? ''}`));
});
