import type { RawMessage } from '@stagedoor/contracts';
import type { Clock, Logger } from '@stagedoor/platform';
import type { ConsumerMetrics } from '../metrics.ts';
import type { RetryPolicy } from '../retry-policy.ts';

/** What a subscription works with, from a ConsumerRunner. */
export interface ProcessingRuntime {
  clock: Clock;
  logger: Logger;
  retry: RetryPolicy;
  random: () => number;
  metrics: ConsumerMetrics;
  /** Aborted when the runner stops: nothing is tried again after that. */
  stopping: AbortSignal;
}

/** The partition that a message came from, as far as its processing must know. */
export interface MessageContext {
  /** False once the partition is lost or the runner gave up waiting: the message will come again, so leave it. */
  isCurrent(): boolean;
  /** So many more (or fewer) messages of the partition wait to be tried again. */
  retried(change: number): void;
}

/** Processes the messages of one topic. */
export interface MessageProcessor {
  /**
   * One attempt; resolves once the effect is committed. The first part, up to where messages take their order, must
   * happen before it returns.
   * @throws Abandoned when the message was left alone because its context is not current
   */
  process(raw: RawMessage, context: MessageContext): Promise<void>;
}

/** The message was neither processed nor refused, and will come again. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}
