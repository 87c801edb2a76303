import { decode, type RawMessage, type Received, type TopicDefinition } from '@stagedoor/contracts';
import { PermanentError, type UnitOfWork } from '@stagedoor/platform';
import type { MessageProcessor, ProcessingRuntime } from './processing.ts';
import { TransactionalProcessor } from './transactional-processor.ts';

/** How a topic's messages are processed one by one. */
export interface Subscription<T> {
  /**
   * Resolves once the effect is committed: only then may the offset advance. Many run at once, also of one key, and they
   * complete in any order; the same message can come again at any time.
   */
  process(message: Received<T>): Promise<void>;
  /** Whether this group owns the topic's processing, and so dead-letters what it cannot process (design §3). */
  deadLetters: boolean;
}

/** How a topic's messages are processed in batches, one database transaction each. */
export interface TransactionalSubscription<T, Tx> {
  unitOfWork: UnitOfWork<Tx>;
  /**
   * The effect of a whole batch, of any of the topic's partitions; within a partition in order. It may be called again
   * with fewer messages after a failure, and one message may be in it twice.
   */
  handle(messages: Received<T>[], tx: Tx): Promise<void>;
  /** Most messages in one transaction. */
  maxBatch: number;
  /** Whether this group owns the topic's processing, and so dead-letters what it cannot process (design §3). */
  deadLetters: boolean;
}

/** How records are taken as they are, whatever is in them. */
export interface RawSubscription {
  process(raw: RawMessage): Promise<void>;
}

/** A topic with what is done about its messages, as a ConsumerRunner takes it. */
export interface TopicSubscription {
  readonly topic: string;
  readonly deadLetters: boolean;
  /** Called by the runner, once. */
  open(runtime: ProcessingRuntime): MessageProcessor;
}

/** Processes a topic's messages one by one, many at a time: for work that waits, such as calls to a provider. */
export function subscription<T>(topic: TopicDefinition<T>, options: Subscription<T>): TopicSubscription {
  return {
    topic: topic.name,
    deadLetters: options.deadLetters,
    open: () => ({ process: async (raw) => options.process(understood(topic, raw)) }),
  };
}

/**
 * Processes a topic's messages in group commit: those at hand share one transaction. Batches run one at a time, and each
 * partition's messages are in them in order, also when the database is away for a while: the batch waits and is tried
 * again as a whole. A message that cannot be processed fails alone; while it is tried again, later messages, also of its
 * own key, pass it. That is allowed because receivers are idempotent and go by state and version, not by arrival.
 */
export function transactional<T, Tx>(
  topic: TopicDefinition<T>,
  options: TransactionalSubscription<T, Tx>,
): TopicSubscription {
  return {
    topic: topic.name,
    deadLetters: options.deadLetters,
    open: (runtime) =>
      new TransactionalProcessor(runtime, {
        ...options,
        topic: topic.name,
        decode: (raw) => understood(topic, raw),
      }),
  };
}

/** Takes a topic's records undecoded (for `*.dlq`); nothing of it is dead-lettered. */
export function rawSubscription(topicName: string, options: RawSubscription): TopicSubscription {
  return {
    topic: topicName,
    deadLetters: false,
    open: () => ({ process: async (raw) => options.process(raw) }),
  };
}

/** @throws PermanentError with the reason's code when the record cannot be read */
function understood<T>(topic: TopicDefinition<T>, raw: RawMessage): Received<T> {
  const decoded = decode(topic, raw);
  if (!decoded.ok) throw new PermanentError(decoded.code, decoded.detail);
  return decoded.message;
}
