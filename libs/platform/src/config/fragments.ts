import { z } from 'zod';
import { addresses, flag, integer, share, urlOf } from './variables.ts';

const NODE_ENV = z
  .enum(['development', 'production', 'test'])
  // Left out or mistyped, it must not open what only a developer may have.
  .default('production')
  .describe('Kind of installation; production refuses everything that is for development only');

/** Where the app listens. */
export const httpConfig = z.object({
  NODE_ENV,
  HOST: z.string().default('127.0.0.1').describe('Address to listen on; 0.0.0.0 in a container'),
  PORT: integer(0, 65_535).describe('Port to listen on; 0 takes a free one'),
  HTTP_MAX_IN_FLIGHT: integer(1, 100_000)
    .default(2_000)
    .describe('Most requests in flight; one more is refused at once with 503 and Retry-After'),
  FAN_MAX_REQUESTS_PER_SECOND: integer(0, 100_000)
    .default(20)
    .describe("Requests of one fan per second on one replica, ten seconds' worth at once; 0: no limit"),
});
export type HttpConfig = z.output<typeof httpConfig>;

/** What is logged, and how. */
export const logConfig = z.object({
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe level that is logged; debug logs every request'),
  LOG_PRETTY: flag.default(false).describe('Log lines for people instead of JSON'),
});
export type LogConfig = z.output<typeof logConfig>;

/** Where traces go. The names are OpenTelemetry's own. */
export const telemetryConfig = z.object({
  OTEL_TRACES_EXPORTER: z
    .enum(['none', 'otlp'])
    .default('none')
    .describe('otlp: send traces to a collector, by HTTP and JSON; none: make no traces'),
  OTEL_EXPORTER_OTLP_ENDPOINT: urlOf('https', 'http')
    .default('http://localhost:4318')
    .describe('The OTLP/HTTP collector; /v1/traces is put behind it'),
  OTEL_TRACES_SAMPLER_ARG: share
    .default(1)
    .describe(
      'Share of the requests whose traces are kept, from 0 to 1; a caller that sends a traceparent decides itself',
    ),
});
export type TelemetryConfig = z.output<typeof telemetryConfig>;

/** The app's database. */
export const mysqlConfig = z.object({
  MYSQL_URL: urlOf('mysql', 'mariadb').describe(
    "MySQL or MariaDB, as mysql://user:password@host:port/database; TLS by ?ssl=true, with &ca=<file> for an authority of one's own",
  ),
  MYSQL_POOL_SIZE: integer(1, 1000).default(10).describe('Connections to the database'),
});
export type MysqlConfig = z.output<typeof mysqlConfig>;

/** The app's Redis. */
export const redisConfig = z.object({
  REDIS_URL: urlOf('redis', 'rediss').describe('Redis, as redis://user:password@host:port; rediss:// for TLS'),
  REDIS_CA_FILE: z.string().optional().describe("Certificate file of an authority of one's own, for rediss://"),
  REDIS_PREFIX: z.string().describe('Prefix of every key, e.g. queue:'),
});
export type RedisConfig = z.output<typeof redisConfig>;

/** The Kafka cluster. */
export const kafkaConfig = z.object({
  KAFKA_BROKERS: addresses.describe('Bootstrap brokers, as host:port,host:port'),
  KAFKA_TOPIC_PREFIX: z.string().default('').describe('Put before every topic name, to share a broker'),
  KAFKA_GROUP_PREFIX: z.string().default('').describe('Put before every consumer group, to share a broker'),
  KAFKA_SSL: flag.default(false).describe('Connect by TLS'),
  KAFKA_SSL_CA_FILE: z.string().optional().describe("Certificate file of an authority of one's own"),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('How to log in: plain, scram-sha-256 or scram-sha-512; left out: no login'),
  KAFKA_SASL_USERNAME: z.string().optional().describe('User to log in as'),
  KAFKA_SASL_PASSWORD: z.string().optional().describe('Password to log in with'),
});
export type KafkaConfig = z.output<typeof kafkaConfig>;

/** Whose tokens are believed. */
export const authConfig = z.object({
  NODE_ENV,
  AUTH_MODE: z
    .enum(['jwt', 'dev'])
    .default('jwt')
    .describe('jwt: fans bring tokens; dev: tokens are also given out to anyone, refused where NODE_ENV=production'),
  AUTH_ISSUER: z.string().describe("Issuer (iss) that a fan's token must name"),
  AUTH_JWKS_URL: urlOf('https', 'http').optional().describe("Where the keys of fans' tokens are published"),
  AUTH_PUBLIC_KEYS_FILE: z.string().optional().describe("File with the keys of fans' tokens, as a JWKS {keys: […]}"),
});
export type AuthConfig = z.output<typeof authConfig>;
