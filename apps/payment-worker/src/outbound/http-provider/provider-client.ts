import { inClientSpan, type Metrics } from '@stagedoor/platform';
import { Pool } from 'undici';
import { CallFailure, failureOfError, failureOfStatus, Refusal } from './call-failure.ts';
import { codeIn } from './provider-answers.ts';

export interface ProviderClientOptions {
  url: string;
  apiKey: string | undefined;
  timeoutMs: number;
  /** One call at a time on each. */
  maxConnections: number;
  metrics: Metrics;
}

/** Reads an answer's body; undefined where it cannot be read. */
type Reader<Answer> = (body: unknown) => Answer | undefined;

const MAX_ANSWER_BYTES = 65_536;
const DECLINED = 402;

/** Single calls to the provider's API, each with its own timeout. */
export class ProviderClient {
  readonly #pool: Pool;
  readonly #host: string;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #timeoutMs: number;
  readonly #duration;

  constructor({ url, apiKey, timeoutMs, maxConnections, metrics }: ProviderClientOptions) {
    const { origin, hostname, pathname } = new URL(url);
    this.#host = hostname;
    this.#path = pathname.replace(/\/+$/, '');
    this.#headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    this.#timeoutMs = timeoutMs;
    this.#pool = new Pool(origin, {
      connections: maxConnections,
      pipelining: 1,
      connectTimeout: timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    this.#duration = metrics.histogram({
      name: 'provider_call_duration_seconds',
      help: 'Calls to the payment provider, by operation and status; 0 where there was no answer',
      labels: ['operation', 'status'],
    });
  }

  /**
   * @throws Refusal when the provider refuses for good
   * @throws CallFailure when there is no answer that says what became of it
   */
  async post<Answer>(resource: string, key: string, content: object, read: Reader<Answer>): Promise<Answer> {
    const { status, body } = await this.#request('POST', resource, resource, {
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(content),
    });
    const answer = status < 300 || status === DECLINED ? read(body.value) : undefined;
    if (answer !== undefined) return answer;
    throw failed(`POST ${resource}`, status, body);
  }

  /** Null where the provider does not know the key. @throws as post */
  async get<Answer>(resource: string, key: string, read: Reader<Answer>): Promise<Answer | null> {
    const { status, body } = await this.#request('GET', resource, `${resource}/${encodeURIComponent(key)}`);
    if (status === 404) return null;
    const answer = status < 300 ? read(body.value) : undefined;
    if (answer !== undefined) return answer;
    const failure = failed(`GET ${resource}`, status, body);
    // A question that is refused says nothing about what it was about.
    throw failure instanceof Refusal
      ? new CallFailure(failure.message, { effect: 'unknown', retryable: false, ill: true })
      : failure;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #request(
    method: 'GET' | 'POST',
    resource: string,
    path: string,
    { headers, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<{ status: number; body: { value: unknown; retryAfterMs: number } }> {
    const end = this.#duration.startTimer({ operation: `${method} ${resource}` });
    try {
      const attributes = { 'http.request.method': method, 'server.address': this.#host, 'url.template': resource };
      const answer = await inClientSpan(`${method} ${resource}`, attributes, async (traceparent) => {
        const response = await this.#pool.request({
          method,
          path: this.#path + path,
          headers: { ...this.#headers, ...(traceparent === undefined ? {} : { traceparent }), ...headers },
          body: body ?? null,
          signal: AbortSignal.timeout(this.#timeoutMs),
        });
        const text = await response.body.text();
        const retryAfterMs = secondsIn(response.headers['retry-after']) * 1_000;
        return { status: response.statusCode, body: { value: json(text), retryAfterMs } };
      });
      end({ status: answer.status });
      return answer;
    } catch (error) {
      end({ status: 0 });
      const why = error instanceof Error ? error.message : String(error);
      throw new CallFailure(`${method} ${resource}: ${why}`, failureOfError(error), { cause: error });
    }
  }
}

function failed(what: string, status: number, body: { value: unknown; retryAfterMs: number }): CallFailure | Refusal {
  const code = codeIn(body.value);
  const message = `${what}: ${status}${code === undefined ? '' : ` ${code}`}`;
  const failure = failureOfStatus(status, code);
  return failure === null
    ? new Refusal(message)
    : new CallFailure(message, failure, { retryAfterMs: body.retryAfterMs });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Retry-After in seconds; as a date, which no API for programs uses, it counts as none. */
const secondsIn = (header: string | string[] | undefined): number => {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
};
