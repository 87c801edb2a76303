import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeConfig } from './describe-config.ts';
import { authConfig, httpConfig, kafkaConfig, logConfig, mysqlConfig, redisConfig } from './fragments.ts';
import { ConfigError, parseConfig } from './parse-config.ts';
import { milliseconds } from './variables.ts';

const schema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...redisConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  HOLD_TTL_MS: milliseconds.default(300_000).describe('How long a hold lasts, in milliseconds'),
});
const env = {
  PORT: '3001',
  MYSQL_URL: 'mysql://queue:secret@127.0.0.1:3307/queue',
  REDIS_URL: 'redis://queue:secret@127.0.0.1:6380',
  REDIS_PREFIX: 'queue:',
  KAFKA_BROKERS: 'a:9092, b:9092',
  AUTH_ISSUER: 'stagedoor-dev',
  AUTH_PUBLIC_KEYS_FILE: '/keys/fan.jwks.json',
  HOME: '/root',
};

function mistakes(more: Record<string, string | undefined>): string[] {
  try {
    parseConfig(schema, { ...env, ...more }, { app: 'test' });
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

test('text becomes values, defaults fill in, what is not ours is left out', () => {
  expect(parseConfig(schema, env, { app: 'test' })).toEqual({
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: 3001,
    LOG_LEVEL: 'info',
    LOG_PRETTY: false,
    MYSQL_URL: env.MYSQL_URL,
    MYSQL_POOL_SIZE: 10,
    REDIS_URL: env.REDIS_URL,
    REDIS_PREFIX: 'queue:',
    KAFKA_BROKERS: ['a:9092', 'b:9092'],
    KAFKA_TOPIC_PREFIX: '',
    KAFKA_GROUP_PREFIX: '',
    KAFKA_SSL: false,
    AUTH_MODE: 'jwt',
    AUTH_ISSUER: 'stagedoor-dev',
    AUTH_PUBLIC_KEYS_FILE: '/keys/fan.jwks.json',
    FAN_MAX_REQUESTS_PER_SECOND: 20,
    HOLD_TTL_MS: 300_000,
    HTTP_MAX_IN_FLIGHT: 2_000,
  });
});

test('an empty variable is a variable that is not set', () => {
  expect(parseConfig(schema, { ...env, LOG_LEVEL: '', KAFKA_TOPIC_PREFIX: '' }, { app: 'test' })).toMatchObject({
    LOG_LEVEL: 'info',
    KAFKA_TOPIC_PREFIX: '',
  });
});

test('each mistake is a line that names its variable, and no value is repeated', () => {
  let caught: unknown;
  try {
    parseConfig(
      schema,
      { ...env, PORT: 'http', MYSQL_URL: undefined, REDIS_URL: 'redis:secret', HOLD_TTL_MS: '5m' },
      { app: 'queue-gateway' },
    );
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ConfigError);
  const lines = (caught as ConfigError).message.split('\n');
  expect(lines.sort()).toEqual([
    'queue-gateway: HOLD_TTL_MS: must be a whole number from 1 to 2147483647',
    'queue-gateway: MYSQL_URL: is not set',
    'queue-gateway: PORT: must be a whole number from 0 to 65535',
    'queue-gateway: REDIS_URL: must be a URL that starts with redis:// or rediss://',
  ]);
});

describe('values', () => {
  test.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '30.5'],
    ['PORT', '0x10'],
    ['HOLD_TTL_MS', '0'],
    ['HOLD_TTL_MS', '99999999999'],
    ['LOG_PRETTY', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['NODE_ENV', 'prod'],
    ['MYSQL_URL', 'postgres://x/y'],
    ['MYSQL_URL', 'mysql:///queue'],
    ['KAFKA_BROKERS', ' , '],
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKERS', 'a:9092,b'],
    ['KAFKA_BROKERS', 'a:0'],
    ['KAFKA_BROKERS', 'a:65536'],
    ['KAFKA_BROKERS', 'kafka://a:9092'],
    ['KAFKA_BROKERS', ':9092'],
    ['KAFKA_SASL_MECHANISM', 'gssapi'],
    ['AUTH_JWKS_URL', 'file:///etc/passwd'],
  ])('%s=%s is refused', (name, value) => {
    expect(mistakes({ [name]: value }).map((line) => line.split(':')[0])).toEqual([name]);
  });
});

describe('variables that go together', () => {
  test('dev tokens are refused in production', () => {
    expect(mistakes({ AUTH_MODE: 'dev', NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^AUTH_MODE: dev .*production$/),
    ]);
    expect(mistakes({ AUTH_MODE: 'dev', NODE_ENV: 'development' })).toEqual([]);
    expect(mistakes({ NODE_ENV: 'production' })).toEqual([]);
  });

  test.each<Record<string, string>>([
    {},
    { NODE_ENVIRONMENT: 'development' },
    { node_env: 'development' },
    { NODE_ENV: 'Production' },
    { NODE_ENV: 'PRODUCTION' },
    { NODE_ENV: 'production ' },
    { NODE_ENV: 'prod' },
    { NODE_ENV: 'dev' },
    { NODE_ENV: '' },
  ])('dev tokens are refused where nobody says plainly that it is no production: %j', (mistyped) => {
    expect(mistakes({ AUTH_MODE: 'dev', ...mistyped })).not.toEqual([]);
  });

  test.each(['Dev', 'DEV', ' dev', 'dev ', 'development', 'none', 'true'])('AUTH_MODE=%j is no mode', (mode) => {
    expect(mistakes({ AUTH_MODE: mode, NODE_ENV: 'development' })).not.toEqual([]);
  });

  test('keys come from one place', () => {
    const both = { AUTH_JWKS_URL: 'https://id.example/jwks.json' };
    expect(mistakes(both)).toHaveLength(1);
    expect(mistakes({ AUTH_PUBLIC_KEYS_FILE: undefined })).toHaveLength(1);
    expect(mistakes({ ...both, AUTH_PUBLIC_KEYS_FILE: undefined })).toEqual([]);
  });

  test('a login needs its name and its password', () => {
    const login = { KAFKA_SASL_MECHANISM: 'scram-sha-256', KAFKA_SASL_USERNAME: 'queue' };
    expect(mistakes(login)).toHaveLength(1);
    expect(mistakes({ ...login, KAFKA_SASL_PASSWORD: 'secret' })).toEqual([]);
  });
});

test('every variable describes itself for the README', () => {
  const rows = new Map(describeConfig(schema).map((row) => [row.name, row]));
  expect(rows.get('PORT')).toMatchObject({ default: null });
  expect(rows.get('HOST')).toMatchObject({ default: '127.0.0.1' });
  expect(rows.get('HOLD_TTL_MS')).toEqual({
    name: 'HOLD_TTL_MS',
    default: '300000',
    description: 'How long a hold lasts, in milliseconds',
  });
  expect(rows.get('KAFKA_SSL_CA_FILE')).toMatchObject({ default: '' });
  expect(rows.get('LOG_PRETTY')).toMatchObject({ default: 'false' });
  expect(rows.size).toBe(Object.keys(schema.shape).length);
  expect(() => describeConfig(z.object({ MUTE: z.string() }))).toThrow('MUTE has no description');
});
