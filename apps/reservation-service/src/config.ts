import {
  admissionKeysConfig,
  authConfig,
  flag,
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

/** The environment of reservation-service. */
export const configSchema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...redisConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  ...telemetryConfig.shape,
  ...admissionKeysConfig.shape,
  PORT: httpConfig.shape.PORT.default(3002),
  REDIS_PREFIX: redisConfig.shape.REDIS_PREFIX.default('reservation:'),
  HOLD_TTL_MS: milliseconds.default(300_000).describe('How long a hold keeps its seat for the fan to pay'),
  HOLD_LIMIT: integer(1, 100).default(4).describe('Live reservations that one fan may have in one schedule'),
  PAYMENT_TIMEOUT_MS: milliseconds
    .default(300_000)
    .describe('How long a payment may take; written as the deadline of its request'),
  REPUBLISH_AFTER_MS: milliseconds
    .default(60_000)
    .describe(
      'How long after its deadline a payment without an outcome is asked for again; then twice as long each time',
    ),
  REPUBLISH_LONGEST_MS: milliseconds
    .default(1_800_000)
    .describe('Longest pause between two repetitions of a payment request'),
  SWEEP_INTERVAL_MS: milliseconds
    .default(1_000)
    .describe('Pause between two looks for lapsed holds, payments to ask for again, and cancelled shows to end'),
  SEAT_LOCK_TTL_MS: milliseconds
    .default(5_000)
    .describe("How long a seat's lock in Redis lasts if it is not given back"),
  SEAT_LOCK_TIMEOUT_MS: milliseconds
    .default(100)
    .describe('How long a hold waits for Redis before it goes on without a lock'),
  SEAT_LOCK_PAUSE_MS: milliseconds.default(1_000).describe('How long Redis is left alone after it failed'),
  SEAT_MAP_MAX_AGE_MS: milliseconds
    .default(100)
    .describe('How old a seat map in memory may be before its version is looked up again'),
  SCHEDULE_MAX_AGE_MS: milliseconds.default(1_000).describe("How old a schedule's terms in memory may be"),
  RANKING_MAX_AGE_MS: milliseconds.default(1_000).describe('How old the ranking in memory may be'),
  SCHEDULE_MAX_SEATS: integer(1, 1_000_000).default(100_000).describe('Most seats of one schedule'),
  BLOCK_MAX_SEATS: integer(1, 100_000).default(10_000).describe('Most seats that are blocked or unblocked at once'),
  // MariaDB reads lists of 1,000 values in another way, and a seat is three of them.
  COMMIT_MAX_BATCH: integer(1, 300).default(300).describe('Most commands that share one database transaction'),
  COMMIT_MAX_QUEUED: integer(1, 1_000_000)
    .default(5_000)
    .describe('Most requests of a kind that wait for their transaction; beyond it they are refused with 503'),
  CONSUMER_MAX_IN_FLIGHT: integer(1, 10_000)
    .default(1_000)
    .describe('Most messages of one partition in hand; beyond it the partition is paused'),
  CANCELLATIONS_PER_SECOND: integer(1, 100_000)
    .default(500)
    .describe(
      'Reservations of cancelled shows that are ended, and refunded, per second; more disturbs the other sales',
    ),
  SAMPLE_CONCERT: flag.default(false).describe('Publish a sample concert at the start when there is no concert at all'),
});

export type Config = z.output<typeof configSchema>;
