import { type ProblemCode, problems } from '@stagedoor/contracts';

/** What a Problem carries beside its code. */
export interface ProblemOptions {
  /** Further members of the problem document, e.g. `errors`. */
  extras?: Record<string, unknown>;
  /** Written as the Retry-After header, in whole seconds. */
  retryAfterSeconds?: number;
  cause?: unknown;
}

/** A refusal that the caller is told about: becomes an RFC 9457 answer with the status of its code. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly extras: Record<string, unknown> | undefined;
  readonly retryAfterSeconds: number | undefined;

  /** `detail` is for a human; left out, it is the code's title. */
  constructor(code: ProblemCode, detail: string = problems[code].title, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.extras = options.extras;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Trying again will not help: a consumer dead-letters the message with `code`. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Trying again may help: the work was not done, or (a connection lost at COMMIT) nobody knows whether it was. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/** A bounded queue is full: HTTP answers 503 with Retry-After, a consumer waits. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  readonly retryAfterSeconds: number;

  constructor(message: string, retryAfterSeconds = 1) {
    super(message);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
