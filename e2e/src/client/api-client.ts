import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface Answer<T> {
  status: number;
  body: T;
  /** What `Retry-After` asks for, in milliseconds; null without one. */
  retryAfterMs: number | null;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  token?: string | undefined;
  headers?: Record<string, string> | undefined;
  body?: unknown;
}

/** Told of each answer, or of each failed attempt (status 0), with its time in milliseconds. */
export type Observer = (operation: string, status: number, ms: number) => void;

/** Told of each answer with the call that it answers. */
export type Witness = (operation: string, call: Call, answer: Answer<unknown>) => void;

const RETRIED_STATUSES = new Set([0, 429, 502, 503, 504]);
const MAX_RETRY_WAIT_MS = 2_000;

/** The HTTP interface of design §6, as a program calls it through the edge. */
export class ApiClient {
  readonly #pool: Pool;
  readonly #observe: Observer;
  readonly #witness: Witness;

  /** `keepAlive: false`: a connection for each call; else one that the edge ends at that very moment fails a call. */
  constructor(
    baseUrl: string,
    options: { connections?: number; keepAlive?: boolean; observe?: Observer; witness?: Witness } = {},
  ) {
    this.#pool = new Pool(baseUrl, {
      connections: options.connections ?? 64,
      pipelining: options.keepAlive === false ? 0 : 1,
      headersTimeout: 30_000,
      bodyTimeout: 30_000,
      connectTimeout: 10_000,
    });
    this.#observe = options.observe ?? (() => {});
    this.#witness = options.witness ?? (() => {});
  }

  /** One attempt. A connection that fails is answered with status 0 and the error as its body. */
  async call<T>(operation: string, call: Call): Promise<Answer<T>> {
    const { method, path, token, headers, body } = call;
    const started = performance.now();
    const observed = (status: number) => this.#observe(operation, status, performance.now() - started);
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      const retryAfter = Number(answer.headers['retry-after'] ?? Number.NaN);
      const given: Answer<T> = {
        status: answer.statusCode,
        body: (text === '' ? null : JSON.parse(text)) as T,
        retryAfterMs: Number.isNaN(retryAfter) ? null : retryAfter * 1000,
      };
      observed(given.status);
      this.#witness(operation, call, given);
      return given;
    } catch (error) {
      observed(0);
      return { status: 0, body: error as T, retryAfterMs: null };
    }
  }

  /**
   * Tries again, with growing pauses, for as long as the service is away or asks to wait: for calls that are idempotent
   * by nature or by their Idempotency-Key. Gives the last answer when `forMs` have passed.
   * @throws once this client is closed: nothing will ever answer
   */
  async insist<T>(operation: string, call: Call, forMs = 120_000): Promise<Answer<T>> {
    const until = performance.now() + forMs;
    for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, MAX_RETRY_WAIT_MS)) {
      const answer = await this.call<T>(operation, call);
      if (this.#pool.destroyed) throw new Error('this client is closed');
      if (!RETRIED_STATUSES.has(answer.status) || performance.now() >= until) return answer;
      await sleep((answer.retryAfterMs ?? pauseMs) * (0.75 + Math.random() / 2));
    }
  }

  /** At once: calls that are still waiting fail. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
