const ANSWER_MS = 5_000;

export type Toxic =
  /** Milliseconds that each packet is late. */
  | { type: 'latency'; attributes: { latency: number; jitter: number } }
  /** Data is taken and thrown away; `timeout` 0 leaves the connection open. */
  | { type: 'timeout'; attributes: { timeout: number } }
  /** A TCP reset after so many milliseconds. */
  | { type: 'reset_peer'; attributes: { timeout: number } };

/** The few calls of Toxiproxy's HTTP API (github.com/Shopify/toxiproxy, "HTTP API") that faults are made of. */
export class Toxiproxy {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Closes a proxy with all its connections, or opens it again. */
  enable(proxy: string, enabled: boolean): Promise<void> {
    return this.#post(`/proxies/${proxy}`, { enabled });
  }

  /** Puts a toxic on both directions of a proxy. */
  async poison(proxy: string, name: string, toxic: Toxic): Promise<void> {
    for (const stream of ['upstream', 'downstream']) {
      await this.#post(`/proxies/${proxy}/toxics`, { name: `${name}-${stream}`, stream, toxicity: 1, ...toxic });
    }
  }

  /** Takes it off again. */
  async cure(proxy: string, name: string): Promise<void> {
    for (const stream of ['upstream', 'downstream']) {
      await this.#call('DELETE', `/proxies/${proxy}/toxics/${name}-${stream}`);
    }
  }

  /** Opens every proxy and takes off every toxic. */
  reset(): Promise<void> {
    return this.#post('/reset', {});
  }

  #post(path: string, body: object): Promise<void> {
    return this.#call('POST', path, JSON.stringify(body));
  }

  async #call(method: string, path: string, body?: string): Promise<void> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((cause: unknown) => {
      throw new Error(`Toxiproxy does not answer ${method} ${path}`, { cause });
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Toxiproxy answers ${method} ${path} with ${answer.status}: ${text}`);
  }
}
