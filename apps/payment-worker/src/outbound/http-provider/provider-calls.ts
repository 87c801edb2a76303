import { type Clock, PermanentError, TransientError } from '@stagedoor/platform';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  circuitBreaker,
  handleWhen,
  SamplingBreaker,
} from 'cockatiel';
import { CallFailure, Refusal } from './call-failure.ts';

/** The bounds of the calls to a provider. */
export interface CallBounds {
  /** Under way at once. */
  maxCalls: number;
  /** Waiting for one of those to end; one more fails. */
  maxQueuedCalls: number;
  /** Further tries of a call, after the first. */
  retries: number;
  breaker: {
    /** Share of ill calls, in percent, above which the breaker opens. */
    failurePercent: number;
    /** Over this time. */
    windowMs: number;
    /** Not before so many calls in the window. */
    minCalls: number;
    /** How long it stays open before one call tries whether the provider is back. */
    openMs: number;
  };
}

export interface ProviderCallsOptions {
  bounds: CallBounds;
  clock: Clock;
  /** From 0 up to 1, for jitter. */
  random: () => number;
  onBreaker(state: BreakerState): void;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** An effect at the provider, and the question what became of it. */
export interface EffectCalls<Answer> {
  call(): Promise<Answer>;
  /** Null where the provider has never heard of it. */
  inquire(): Promise<Answer | null>;
}

/** Calls under way at once when the provider has just come back. */
const FIRST_CALLS = 10;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;

/**
 * Guards the calls: a bulkhead bounds how many are under way and how many wait, a circuit breaker fails them at once while
 * the provider is ill, and what may be over in a moment is tried again, a bounded number of times with full jitter. When the
 * breaker has closed again, calls start slowly: everything that waited would be the provider's next outage.
 */
export class ProviderCalls {
  readonly #options: ProviderCallsOptions;
  readonly #bulkhead;
  readonly #breaker;
  readonly #closing = new AbortController();
  #openedAt = 0;
  /** Most calls under way or waiting: few after an outage, and one more with each that succeeds. */
  #window: number;

  constructor(options: ProviderCallsOptions) {
    this.#options = options;
    const { maxCalls, maxQueuedCalls, breaker } = options.bounds;
    this.#window = this.#most;
    this.#bulkhead = bulkhead(maxCalls, maxQueuedCalls);
    this.#breaker = circuitBreaker(
      handleWhen((error) => error instanceof CallFailure && error.ill),
      {
        halfOpenAfter: breaker.openMs,
        breaker: new SamplingBreaker({
          threshold: breaker.failurePercent / 100,
          duration: breaker.windowMs,
          minimumRps: (breaker.minCalls * 1_000) / breaker.windowMs,
        }),
      },
    );
    this.#breaker.onStateChange((state) => {
      if (state === CircuitState.Open) {
        this.#openedAt = options.clock.now().getTime();
        this.#window = FIRST_CALLS;
      }
      options.onBreaker(this.breakerState);
    });
  }

  get breakerState(): BreakerState {
    if (this.#breaker.state === CircuitState.Closed) return 'closed';
    return this.#breaker.state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /** Calls under way. */
  get inFlight(): number {
    return this.#options.bounds.maxCalls - this.#bulkhead.executionSlots;
  }

  /** Calls that wait for a place. */
  get queued(): number {
    return this.#options.bounds.maxQueuedCalls - this.#bulkhead.queueSlots;
  }

  /**
   * Further calls that have a place, or may wait for one. None while the breaker is open; when it is to be tried whether
   * the provider is back, one.
   */
  get room(): number {
    if (this.#breaker.state === CircuitState.Closed) return Math.max(0, this.#window - this.inFlight - this.queued);
    const { clock, bounds } = this.#options;
    const isDue = clock.now().getTime() - this.#openedAt >= bounds.breaker.openMs;
    return this.#breaker.state === CircuitState.Open && isDue ? 1 : 0;
  }

  /**
   * Makes an effect. After a try of which nobody knows what it did the provider is asked before it is told again.
   * @throws Refusal when the provider refuses for good
   * @throws TransientError when the answer is not known
   */
  effect<Answer>({ call, inquire }: EffectCalls<Answer>): Promise<Answer> {
    let inDoubt = false;
    return this.#retried(
      async () => {
        if (inDoubt) {
          const known = await inquire();
          if (known !== null) return known;
          inDoubt = false;
        }
        return call();
      },
      (failure) => {
        inDoubt ||= failure.effect === 'unknown';
      },
    );
  }

  /** Asks, which has no effect. @throws as effect */
  question<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return this.#retried(ask, () => {});
  }

  /** Ends the waits between tries. */
  close(): void {
    this.#closing.abort();
  }

  async #retried<Answer>(attempt: () => Promise<Answer>, failed: (failure: CallFailure) => void): Promise<Answer> {
    if (this.#breaker.state === CircuitState.Closed && this.room === 0) throw new TransientError(TOO_MANY);
    try {
      return await this.#bulkhead.execute(async () => {
        for (let retry = 0; ; retry++) {
          try {
            const answer = await this.#breaker.execute(attempt);
            this.#window = Math.min(this.#window + 1, this.#most);
            return answer;
          } catch (error) {
            if (!(error instanceof CallFailure)) throw error;
            failed(error);
            if (!error.retryable || retry >= this.#options.bounds.retries || this.#closing.signal.aborted) throw error;
            await this.#options.clock.sleep(this.#delayMs(retry, error), this.#closing.signal);
          }
        }
      });
    } catch (error) {
      throw transientUnlessFinal(error);
    }
  }

  get #most(): number {
    const { maxCalls, maxQueuedCalls } = this.#options.bounds;
    return maxCalls + maxQueuedCalls;
  }

  /** Anything from nothing to the doubled bound, so that those who failed together do not come back together. */
  #delayMs(retry: number, { retryAfterMs }: CallFailure): number {
    const jittered = this.#options.random() * FIRST_RETRY_MS * 2 ** retry;
    return Math.min(retryAfterMs + jittered, LONGEST_RETRY_MS);
  }
}

const TOO_MANY = 'too many calls to the payment provider';

function transientUnlessFinal(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof PermanentError) return error;
  if (error instanceof BrokenCircuitError) return new TransientError('the payment provider is left alone to recover');
  if (error instanceof BulkheadRejectedError) return new TransientError(TOO_MANY);
  if (error instanceof CallFailure) return new TransientError(error.message, { cause: error });
  return error;
}
