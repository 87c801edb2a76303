/** Whether the provider did what it was asked although the call failed. */
export type Effect = 'none' | 'unknown';

/** What a failed call means for the next one. */
export interface Failure {
  effect: Effect;
  /** Whether to try again at once: it may be over in a moment. */
  retryable: boolean;
  /** Whether the provider is ill, for the circuit breaker. One that is busy, or that says no, is not. */
  ill: boolean;
}

/** A call that brought neither a verdict nor a refusal. */
export class CallFailure extends Error implements Failure {
  override readonly name = 'CallFailure';
  readonly effect: Effect;
  readonly retryable: boolean;
  readonly ill: boolean;
  /** Not before so many milliseconds, where the provider said so. */
  readonly retryAfterMs: number;

  constructor(
    message: string,
    failure: Failure,
    { retryAfterMs = 0, cause }: { retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.effect = failure.effect;
    this.retryable = failure.retryable;
    this.ill = failure.ill;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The provider understood the request and will never do it: final. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

// What says nothing about the one charge but that this app is set up wrongly: failing every fan for a wrong key, or a
// wrong address, would be far worse than waiting until somebody mends it.
const aboutUs = new Set([401, 403, 404, 405, 407]);
// Never arrived at the provider.
const notSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * What a status other than success and decline means; null: final, the provider refuses.
 * @param code of the answer's body, where it has one
 */
export function failureOfStatus(status: number, code: string | undefined): Failure | null {
  if (status === 425 || status === 429) return { effect: 'none', retryable: true, ill: false };
  if (status === 409 && code === 'IN_PROGRESS') return { effect: 'unknown', retryable: true, ill: false };
  if (status === 408 || status >= 500) return { effect: 'unknown', retryable: true, ill: true };
  if (aboutUs.has(status)) return { effect: 'none', retryable: false, ill: true };
  if (status >= 400) return null;
  // A redirect, or a success that cannot be read: whatever answers there, it is not what we know.
  return { effect: 'unknown', retryable: false, ill: true };
}

/** What an error of the connection means. A timeout or a cut says nothing about the effect. */
export function failureOfError(error: unknown): Failure {
  const effect = notSent.has(codeOf(error) ?? '') ? 'none' : 'unknown';
  return { effect, retryable: true, ill: true };
}

/** Several addresses that all refused come as one error that holds theirs. */
function codeOf(error: unknown): string | undefined {
  const { code, errors } = error as { code?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code;
}
