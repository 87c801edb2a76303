import {
  authConfig,
  httpConfig,
  integer,
  kafkaConfig,
  logConfig,
  milliseconds,
  mysqlConfig,
  telemetryConfig,
  urlOf,
} from '@stagedoor/platform';
import { z } from 'zod';

/** The environment of payment-worker. */
export const configSchema = z.object({
  ...httpConfig.shape,
  ...logConfig.shape,
  ...mysqlConfig.shape,
  ...kafkaConfig.shape,
  ...authConfig.shape,
  ...telemetryConfig.shape,
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
  PAYMENT_PROVIDER: z
    .enum(['wallet', 'http'])
    .default('wallet')
    .describe("Who charges fans: their wallets here, or a provider's HTTP API at PROVIDER_URL"),
  PROVIDER_URL: urlOf('https', 'http')
    .optional()
    .describe("The provider's API; must be set with PAYMENT_PROVIDER=http, and as long as it has charges to give back"),
  PROVIDER_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,31}$/, 'at most 32 small letters, digits, dots and hyphens')
    .refine((name) => name !== 'wallet', 'names the wallets here')
    .default('http')
    .describe('What payments remember that provider by; another provider needs another name'),
  PROVIDER_API_KEY: z.string().optional().describe('Sent to the provider as a bearer token'),
  PROVIDER_TIMEOUT_MS: milliseconds
    .default(5_000)
    .describe('How long one call to the provider may take; what is not answered by then is asked for'),
  PROVIDER_RETRIES: integer(0, 10)
    .default(2)
    .describe('Further tries of a call that may succeed in a moment, before its message waits and comes again'),
  PROVIDER_MAX_CALLS: integer(1, 20_000).default(4_000).describe('Most calls to the provider under way at once'),
  PROVIDER_MAX_QUEUED_CALLS: integer(0, 100_000)
    .default(10_000)
    .describe('Most calls that wait for one of those to end; the message of one more waits and comes again'),
  PROVIDER_BREAKER_FAILURE_PERCENT: integer(1, 99)
    .default(50)
    .describe('Share of failed calls above which the circuit breaker opens and calls fail at once'),
  PROVIDER_BREAKER_WINDOW_MS: milliseconds.default(10_000).describe('Time over which that share is taken'),
  PROVIDER_BREAKER_MIN_CALLS: integer(1, 100_000)
    .default(20)
    .describe('Calls within that time without which the circuit breaker stays closed'),
  PROVIDER_BREAKER_OPEN_MS: milliseconds
    .default(2_000)
    .describe('How long the circuit breaker stays open before one call tries whether the provider is back'),
});

export type Config = z.output<typeof configSchema>;
