import {
  authConfig,
  httpConfig,
  integer,
  kafkaConfig,
  logConfig,
  milliseconds,
  mysqlConfig,
} from '@stagedoor/platform';
import { z } from 'zod';

/** The environment of payment-worker. */
export const configSchema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  PORT: httpConfig.shape.PORT.default(3003),
  PAYMENT_TIMEOUT_MS: milliseconds
    .default(300_000)
    .describe('How long after it was requested a payment without a deadline of its own may still be charged'),
  TOP_UP_MAX_WON: integer(1, 1_000_000_000).default(100_000_000).describe('Largest single top-up of a wallet, in won'),
  // The databases read longer lists of keys in another way, without the index.
  COMMIT_MAX_BATCH: integer(1, 800).default(400).describe('Most commands that share one database transaction'),
  CONSUMER_MAX_IN_FLIGHT: integer(1, 10_000)
    .default(1_000)
    .describe('Most messages of one partition in hand; beyond it the partition is paused'),
});

export type Config = z.output<typeof configSchema>;
