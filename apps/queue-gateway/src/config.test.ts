import { readFileSync } from 'node:fs';
import { ConfigError, describeConfig, parseConfig } from '@stagedoor/platform';
import { expect, test } from 'vitest';
import { configSchema } from './config.ts';

const needed = {
  MYSQL_URL: 'mysql://queue:secret@127.0.0.1:3307/queue',
  REDIS_URL: 'redis://queue:secret@127.0.0.1:6380',
  KAFKA_BROKERS: '127.0.0.1:9092',
  AUTH_ISSUER: 'stagedoor-dev',
  AUTH_PUBLIC_KEYS_FILE: 'fan.jwks.json',
  ADMISSION_PRIVATE_KEY_FILE: 'admission.pem',
  ADMISSION_PUBLIC_KEYS_FILE: 'admission.jwks.json',
  QUEUE_TICKET_SECRET: 'x'.repeat(32),
};
const parse = (env: Record<string, string>) => parseConfig(configSchema, env, { app: 'queue-gateway' });

test('what must be set is enough, and the rest has the defaults of the design', () => {
  expect(parse(needed)).toMatchObject({
    PORT: 3001,
    REDIS_PREFIX: 'queue:',
    AUTH_MODE: 'jwt',
    ADMISSION_TTL_MS: 600_000,
    ADMISSION_RATE_PER_SECOND: 200,
    MAX_INSIDE: 2_000,
    ADMISSION_INTERVAL_MS: 100,
    WS_PING_INTERVAL_MS: 30_000,
  });
});

test.each([
  ['AUTH_MODE=dev in production', { AUTH_MODE: 'dev', NODE_ENV: 'production' }],
  ['a secret that could be guessed', { QUEUE_TICKET_SECRET: 'short' }],
  ['a second secret that could be guessed', { QUEUE_TICKET_OTHER_SECRETS: `${'y'.repeat(32)},short` }],
  ['a rate that lets nobody in', { ADMISSION_RATE_PER_SECOND: '0' }],
  ['a time that is no time', { ADMISSION_TTL_MS: '10m' }],
])('%s stops the start', (_, change) => {
  expect(() => parse({ ...needed, ...change })).toThrow(ConfigError);
});

test('.env.example lists every variable with its default', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const listed = [...example.matchAll(/^# ([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => `${name}=${value}`);
  expect(listed).toEqual(describeConfig(configSchema).map((row) => `${row.name}=${row.default ?? ''}`));
});
