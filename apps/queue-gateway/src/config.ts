import {
  admissionSigningConfig,
  authConfig,
  httpConfig,
  integer,
  kafkaConfig,
  logConfig,
  milliseconds,
  mysqlConfig,
  redisConfig,
  telemetryConfig,
} from '@stagedoor/platform';
import { z } from 'zod';

/** The environment of queue-gateway. */
export const configSchema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...redisConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  ...telemetryConfig.shape,
  ...admissionSigningConfig.shape,
  PORT: httpConfig.shape.PORT.default(3001),
  REDIS_PREFIX: redisConfig.shape.REDIS_PREFIX.default('queue:'),
  AUTH_DEV_PRIVATE_KEY_FILE: z
    .string()
    .optional()
    .describe('File with the RS256 key that POST /v1/dev/tokens signs with, as PKCS #8 PEM; with AUTH_MODE=dev'),
  QUEUE_TICKET_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .describe('Secret that queue tickets are signed with; one that no replica accepts any more voids its tickets'),
  QUEUE_TICKET_OTHER_SECRETS: z
    .string()
    .optional()
    .transform((text) => text?.split(',').filter((secret) => secret !== '') ?? [])
    .refine((secrets) => secrets.every((secret) => secret.length >= 32), 'each must have at least 32 characters')
    .describe('Further secrets under which tickets are accepted, separated by commas; for a rotation'),

  ADMISSION_TTL_MS: milliseconds.default(600_000).describe('How long an admission and its token last'),
  ADMISSION_RATE_PER_SECOND: integer(1, 100_000)
    .default(200)
    .describe('Admissions per second of a room that nobody has set'),
  MAX_INSIDE: integer(0, 10_000_000).default(2_000).describe('Most fans inside of a room that nobody has set'),
  ADMISSION_INTERVAL_MS: milliseconds.default(100).describe('Pause between two turns of the admission loop'),
  ADMISSION_MAX_PER_TURN: integer(1, 800).default(500).describe('Most admissions of one room in one turn'),
  SEQUENCE_BLOCK_SIZE: integer(10, 1_000_000)
    .default(5_000)
    .describe('Sequence numbers taken from the database at once; at most so many are skipped when Redis is lost'),
  RECOVERY_MS: integer(0, 600_000)
    .default(3_000)
    .describe('How long nobody is admitted to a room that Redis had lost, so that those in front come back first'),
  SWEEP_INTERVAL_MS: milliseconds.default(1_000).describe('How often admissions past their end are ended'),
  RECONCILE_INTERVAL_MS: milliseconds.default(10_000).describe('How often the slots in Redis are put right'),
  REFRESH_INTERVAL_MS: milliseconds.default(1_000).describe('How often each replica reads what rooms have become'),
  RETENTION_MS: integer(60_000)
    .default(40 * 24 * 60 * 60 * 1000)
    .describe('How long ended admissions and given-up places are kept: longer than any event can come back'),

  POLL_MIN_MS: milliseconds.default(250).describe('Shortest pollAfterMs'),
  POLL_MAX_MS: milliseconds.default(15_000).describe('Longest pollAfterMs'),
  POSITION_INTERVAL_MS: milliseconds
    .default(1_000)
    .describe('queue.position is pushed at most this often per schedule'),
  NEWS_KEPT_MS: milliseconds
    .default(3_600_000)
    .describe("How long a fan's last news is kept for a reconnect; what is older when it arrives is not told"),

  WS_PING_INTERVAL_MS: milliseconds.default(30_000).describe('How often WebSockets are pinged'),
  WS_MAX_CONNECTIONS: integer(1).default(50_000).describe('Most WebSockets of one replica'),
  WS_MAX_CONNECTIONS_PER_FAN: integer(1).default(8).describe("Most of one fan's WebSockets on one replica"),
  WS_MAX_BUFFERED_BYTES: integer(1_024)
    .default(262_144)
    .describe('Bytes that may wait for a client that reads slowly, before it is dropped'),
  WS_MAX_MESSAGES_PER_SECOND: integer(1).default(5).describe('Messages that one client may send per second'),
  WS_MAX_SUBSCRIPTIONS: integer(1).default(20).describe('Schedules that one connection may subscribe to'),
});

export type Config = z.output<typeof configSchema>;
