import type { RawMessage } from '@stagedoor/contracts';
import { isTransient, PermanentError, RateLimitedLog } from '@stagedoor/platform';
import { inProcessSpan } from '../message-spans.ts';
import type { MessageResult } from '../metrics.ts';
import type { MessageProducer } from '../producer/message-producer.ts';
import { retryDelayMs } from '../retry-policy.ts';
import { deadLetterOf, type Rejection, withoutValue } from './dead-letter.ts';
import { Abandoned, type MessageContext, type MessageProcessor, type ProcessingRuntime } from './processing.ts';

/** How a MessageHandler is set up. */
export interface MessageHandlerOptions {
  runtime: ProcessingRuntime;
  processor: MessageProcessor;
  producer: Pick<MessageProducer, 'send'>;
  group: string;
  /** Whether what cannot be processed is dead-lettered; otherwise it is counted, logged and skipped. */
  deadLetters: boolean;
}

/** An error that nobody expected, as often as it may come before the message is given up. */
const UNKNOWN_ERROR_CODE = 'PROCESSING_FAILED';

/** Brings one message to an end, whatever happens: processed, dead-lettered, skipped, or abandoned to come again. */
export class MessageHandler {
  readonly #options: MessageHandlerOptions;
  /** During an outage thousands of messages are tried again and again. */
  readonly #retryLog: RateLimitedLog;

  constructor(options: MessageHandlerOptions) {
    this.#options = options;
    this.#retryLog = new RateLimitedLog({ error: (fields, text) => options.runtime.logger.warn(fields, text) });
  }

  /** Never rejects. The first attempt begins before it returns, so that messages are submitted in their order. */
  handle(raw: RawMessage, context: MessageContext): Promise<MessageResult> {
    return inProcessSpan(raw, this.#options.group, () => this.#toAnEnd(raw, context));
  }

  async #toAnEnd(raw: RawMessage, context: MessageContext): Promise<MessageResult> {
    const { processor, runtime } = this.#options;
    let unknownErrors = 0;
    for (let attempt = 1; ; attempt++) {
      try {
        await processor.process(raw, context);
        return 'processed';
      } catch (error) {
        if (error instanceof Abandoned || !context.isCurrent()) return 'abandoned';
        if (error instanceof PermanentError) return this.#giveUp(raw, context, error, error.code, attempt);
        const transient = isTransient(error);
        if (!transient && ++unknownErrors >= runtime.retry.unknownErrorAttempts) {
          return this.#giveUp(raw, context, error, UNKNOWN_ERROR_CODE, attempt);
        }
        this.#retryLog.error({ err: error, ...where(raw), attempt, transient }, 'message failed, will be retried');
        runtime.metrics.retried(raw.topic);
        if (!(await this.#waitForRetry(context, attempt, transient))) return 'abandoned';
      }
    }
  }

  /** False when there will be no further attempt here. */
  async #waitForRetry(context: MessageContext, attempt: number, transient: boolean): Promise<boolean> {
    const { clock, stopping, retry, random } = this.#options.runtime;
    // A single bad message should not hold up its partition's fetches; something that is away should.
    const counted = transient ? 1 : 0;
    context.retried(counted);
    await clock.sleep(retryDelayMs(retry, attempt, random), stopping);
    context.retried(-counted);
    return !stopping.aborted && context.isCurrent();
  }

  async #giveUp(
    raw: RawMessage,
    context: MessageContext,
    error: unknown,
    code: string,
    attempts: number,
  ): Promise<MessageResult> {
    const { runtime, group, deadLetters } = this.#options;
    const detail = error instanceof Error ? error.message : String(error);
    // A refusal says all in its code and detail; a stack is for what nobody expected.
    const cause = error instanceof PermanentError ? { detail } : { err: error };
    runtime.logger.error({ ...cause, ...where(raw), code, attempts, deadLetters }, 'message cannot be processed');
    if (!deadLetters) return 'skipped';
    const sent = await this.#deadLetter(raw, context, { group, code, detail, attempts, failedAt: runtime.clock.now() });
    return sent ? 'dead_lettered' : 'abandoned';
  }

  /** As long as it takes: the offset may not pass a message that is neither processed nor kept. False when abandoned. */
  async #deadLetter(raw: RawMessage, context: MessageContext, rejection: Rejection): Promise<boolean> {
    const { runtime, producer } = this.#options;
    let letter = deadLetterOf(raw, rejection);
    for (let attempt = 1; ; attempt++) {
      try {
        await producer.send([letter]);
        runtime.metrics.deadLettered(raw.topic, rejection.code);
        return true;
      } catch (error) {
        if (!context.isCurrent()) return false;
        if (error instanceof PermanentError && letter.value !== null) letter = withoutValue(raw, rejection);
        runtime.logger.error({ err: error, ...where(raw), attempt }, 'dead letter not sent, will be retried');
        if (!(await this.#waitForRetry(context, attempt, true))) return false;
      }
    }
  }
}

const where = ({ topic, partition, offset }: RawMessage) => ({ topic, partition, offset });
