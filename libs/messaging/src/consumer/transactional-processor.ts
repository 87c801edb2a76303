import { type RawMessage, type Received, reservationIdOf } from '@stagedoor/contracts';
import { GroupCommit, isTransient, type UnitOfWork } from '@stagedoor/platform';
import { retryDelayMs } from '../retry-policy.ts';
import { Abandoned, type MessageContext, type MessageProcessor, type ProcessingRuntime } from './processing.ts';

/** How a TransactionalProcessor is set up. */
export interface TransactionalProcessorOptions<T, Tx> {
  topic: string;
  unitOfWork: UnitOfWork<Tx>;
  maxBatch: number;
  /** @throws PermanentError when the record cannot be read */
  decode(raw: RawMessage): Received<T>;
  handle(messages: Received<T>[], tx: Tx): Promise<void>;
}

interface Command<T> {
  message: Received<T>;
  context: MessageContext;
}

/** Puts the messages at hand, of all the topic's partitions, into one transaction after another. */
export class TransactionalProcessor<T, Tx> implements MessageProcessor {
  readonly #runtime: ProcessingRuntime;
  readonly #options: TransactionalProcessorOptions<T, Tx>;
  readonly #batches: GroupCommit<Command<T>, boolean>;

  constructor(runtime: ProcessingRuntime, options: TransactionalProcessorOptions<T, Tx>) {
    this.#runtime = runtime;
    this.#options = options;
    this.#batches = new GroupCommit({
      name: options.topic,
      maxBatch: options.maxBatch,
      // Bounded already, by what the runner takes of each partition; a refusal here would let later messages pass.
      maxQueued: Number.MAX_SAFE_INTEGER,
      subjectOf: ({ message }) => reservationIdOf(message.value),
      execute: (commands) => this.#inOneTransaction(commands),
    });
  }

  async process(raw: RawMessage, context: MessageContext): Promise<void> {
    const processed = await this.#batches.submit({ message: this.#options.decode(raw), context });
    if (!processed) throw new Abandoned();
  }

  /**
   * Tries again here while the failure is transient: split up and each with a backoff of its own, the messages would come
   * back one by one, and out of order, to a database that has just recovered. Answers which commands were processed.
   */
  async #inOneTransaction(commands: Command<T>[]): Promise<boolean[]> {
    const { clock, stopping, retry, random, logger, metrics } = this.#runtime;
    const { topic, unitOfWork, handle } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const current = commands.filter(({ context }) => context.isCurrent());
      if (current.length === 0) return commands.map(() => false);
      try {
        const messages = current.map(({ message }) => message);
        await unitOfWork.run((tx) => handle(messages, tx));
        metrics.together(topic, messages.length);
        const processed = new Set(current);
        return commands.map((command) => processed.has(command));
      } catch (error) {
        if (!isTransient(error) || stopping.aborted) throw error;
        const delayMs = retryDelayMs(retry, attempt, random);
        logger.warn({ err: error, topic, messages: current.length, attempt, delayMs }, 'batch failed, will be retried');
        metrics.retried(topic);
        for (const { context } of current) context.retried(1);
        await clock.sleep(delayMs, stopping);
        for (const { context } of current) context.retried(-1);
      }
    }
  }
}
