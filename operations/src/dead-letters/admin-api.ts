import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ToolError } from '../terminal/failures.ts';
import type { Filters, Repaired } from './options.ts';

/** A dead letter as the API shows it (design §6), as far as it is read here. */
export interface DeadLetter {
  id: string;
  topic: string;
  partition: number;
  offset: string;
  group: string;
  key: string | null;
  value: string | null;
  valueEncoding: 'utf8' | 'hex';
  valueBytes: number;
  headers: Record<string, string>;
  error: { code: string; message: string };
  attempts: number;
  replayCount: number;
  status: string;
  failedAt: string;
  actions?: Action[];
}

/** What somebody did about a dead letter. */
export interface Action {
  deadLetterId: string;
  action: string;
  actor: string;
  reason: string;
  value: string | null;
  at: string;
}

/** What a replay would do. */
export interface DryRun {
  id: string;
  wouldReplay: boolean;
  code: string | null;
  detail: string | null;
  message: { topic: string; key: string; value: string; headers: Record<string, string> } | null;
  partition: number | null;
  payment: { reservationId: string; status: string } | null;
  forecast: string | null;
}

/** What became of an order: done, or refused with the reason that the API gives. */
export type Resolved = { ok: true } | { ok: false; code: string; detail: string };

const PATH = '/v1/admin/dead-letters';
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 6;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
// Too busy, or away for a moment: every call here may be repeated, since a letter is resolved once.
const RETRIED = new Set([429, 502, 503, 504]);

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** The dead-letter API, with a token for it. */
export class AdminApi {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /**
   * With the token of the environment, or one that a system in development gives to anyone.
   * @throws ToolError
   */
  static async open(env: Record<string, string | undefined>): Promise<AdminApi> {
    const url = (env.STAGEDOOR_URL || 'http://localhost:8080').replace(/\/+$/, '');
    if (!/^https?:\/\/[^/]/.test(url)) throw new ToolError(`STAGEDOOR_URL is no http or https address: ${url}`);
    if (env.STAGEDOOR_TOKEN) return new AdminApi(url, env.STAGEDOOR_TOKEN);
    const { status, body } = await request(`${url}/v1/dev/tokens`, {
      method: 'POST',
      body: { userId: userInfo().username, roles: ['admin'] },
    });
    if (status !== 200 || typeof body.token !== 'string') {
      throw new ToolError(`${url} gives no tokens to anyone: set STAGEDOOR_TOKEN to one with the role admin`);
    }
    return new AdminApi(url, body.token);
  }

  /** Newest first, page after page. */
  async *list(filters: Filters): AsyncGenerator<DeadLetter> {
    yield* this.#pages<DeadLetter>(PATH, { ...filters });
  }

  /** Newest first, page after page. */
  async *audit(actor: string | undefined): AsyncGenerator<Action> {
    yield* this.#pages<Action>(`${PATH}/actions`, actor === undefined ? {} : { actor });
  }

  async show(id: string): Promise<DeadLetter> {
    return (await this.#insist('GET', this.#path(id))) as unknown as DeadLetter;
  }

  async dryRun(id: string, reason: string, repaired: Repaired | null): Promise<DryRun> {
    const body = { reason, dryRun: true, ...repaired };
    return (await this.#insist('POST', `${this.#path(id)}/replay`, body)) as unknown as DryRun;
  }

  replay(id: string, reason: string, repaired: Repaired | null): Promise<Resolved> {
    return this.#resolve(`${this.#path(id)}/replay`, { reason, ...repaired });
  }

  discard(id: string, reason: string): Promise<Resolved> {
    return this.#resolve(`${this.#path(id)}/discard`, { reason });
  }

  #path(id: string): string {
    return `${PATH}/${encodeURIComponent(id)}`;
  }

  async *#pages<Item>(path: string, query: Record<string, string>): AsyncGenerator<Item> {
    for (let cursor: string | null = ''; cursor !== null; ) {
      const parameters = new URLSearchParams({ ...query, limit: '100', ...(cursor !== '' && { cursor }) });
      const page = await this.#insist('GET', `${path}?${parameters}`);
      yield* page.items as Item[];
      cursor = page.nextCursor as string | null;
    }
  }

  async #resolve(path: string, body: object): Promise<Resolved> {
    const answer = await this.#call('POST', path, body);
    if (answer.status === 202) return { ok: true };
    if (answer.status === 400 || answer.status === 404 || answer.status === 409) {
      const { code, detail, title } = answer.body;
      return { ok: false, code: String(code), detail: String(detail ?? title) };
    }
    throw unexpected(answer, path);
  }

  async #insist(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await this.#call(method, path, body);
    if (answer.status !== 200) throw unexpected(answer, path);
    return answer.body;
  }

  async #call(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await request(`${this.#url}${path}`, { method, body, token: this.#token });
    if (answer.status === 401) throw new ToolError('the token is refused: it is expired, or no token of this system');
    if (answer.status === 403) throw new ToolError('the token is refused: it has not the role admin');
    return answer;
  }
}

function unexpected({ status, body }: Answer, path: string): ToolError {
  const { code = '', detail, title } = body as { code?: string; detail?: string; title?: string };
  return new ToolError(`${path}: ${status} ${code} ${detail ?? title ?? ''}`.trim());
}

/** Asks again, for a bounded time, where that may help. */
async function request(
  url: string,
  { method, body, token }: { method: string; body?: object | undefined; token?: string },
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === MAX_ATTEMPTS;
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      text = await response.text();
    } catch (error) {
      if (last || !isLostAnswer(error as Error)) {
        const { message, cause } = error as Error;
        throw new ToolError(`${url} cannot be reached: ${(cause as Error)?.message || message}`);
      }
      await sleep(pauseMs);
      continue;
    }
    if (!last && RETRIED.has(response.status)) {
      const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1_000;
      await sleep(Math.min(Number.isFinite(asked) ? Math.max(asked, pauseMs) : pauseMs, LONGEST_RETRY_MS));
      continue;
    }
    return { status: response.status, body: asJson(text) };
  }
}

/** A connection that broke or timed out; where nobody listens, waiting does not help whoever waits for an answer. */
function isLostAnswer({ name, cause }: Error): boolean {
  const code = (cause as { code?: string } | undefined)?.code ?? '';
  return name === 'TimeoutError' || /^(ECONNRESET|EPIPE|ETIMEDOUT|UND_ERR_)/.test(code);
}

function asJson(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
