import {
  authConfig,
  httpConfig,
  integer,
  kafkaConfig,
  logConfig,
  milliseconds,
  mysqlConfig,
  telemetryConfig,
} from '@stagedoor/platform';
import { z } from 'zod';

/** The environment of result-worker. */
export const configSchema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  ...telemetryConfig.shape,
  PORT: httpConfig.shape.PORT.default(3004),
  PAYMENT_TIMEOUT_MS: milliseconds
    .default(300_000)
    .describe('How long after it was requested a payment without a deadline of its own has time'),
  SWEEP_INTERVAL_MS: milliseconds.default(1_000).describe('Pause between two looks for payments past their deadline'),
  EXPIRY_GRACE_MS: integer(0, 600_000)
    .default(2_000)
    .describe('How long after its deadline the result of a payment made in time may still be on its way to Kafka'),
  // A send that the network swallowed is given up after 15 s, and tried again after another 5.
  KAFKA_RECOVERY_GRACE_MS: integer(0, 600_000)
    .default(30_000)
    .describe('How long after a start, or an outage of Kafka, nothing is expired, so that outboxes empty first'),
  // Longer than any message can come back: 7 days of retention, 30 of the dead letters (design §4, "Keeping").
  DECISION_KEEP_DAYS: integer(1, 3_650).default(40).describe('How long decisions and results without request are kept'),
  PRUNE_INTERVAL_MS: milliseconds.default(60_000).describe('Pause between two removals of what was kept long enough'),
  // The databases read longer lists of keys in another way, without the index.
  COMMIT_MAX_BATCH: integer(1, 800).default(400).describe('Most messages that share one database transaction'),
  CONSUMER_MAX_IN_FLIGHT: integer(1, 10_000)
    .default(1_000)
    .describe('Most messages of one partition in hand; beyond it the partition is paused'),
});

export type Config = z.output<typeof configSchema>;
