import { TransientError } from '../errors/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { type Algorithm, readKeys, type VerificationKey } from './json-web-keys.ts';
import type { KeySource } from './key-source.ts';

/** How a KeySet is kept fresh. */
export interface KeySetOptions {
  source: KeySource;
  /** Keys of other algorithms are not used. */
  algorithms: readonly Algorithm[];
  /** Called after keys were withdrawn: what was verified with them counts no more. */
  onWithdrawn(): void;
  logger?: Logger | undefined;
  /** Milliseconds that only go forward. */
  nowMs?: () => number;
}

// A token that names an unknown key makes us look for new keys, but no more often than this: a flood of invented names
// must not become a flood of requests to the identity provider.
const COOL_DOWN_MS = 30_000;
// While there are no keys at all, nobody can be let in, so we look more often.
const COOL_DOWN_WITHOUT_KEYS_MS = 1_000;
// A key that was withdrawn is believed for no longer than this.
const REFRESH_AFTER_MS = 300_000;

/** The keys that tokens are checked with: several at once, looked up by name, renewed as they are rotated. */
export class KeySet {
  readonly #options: KeySetOptions;
  readonly #nowMs: () => number;
  #keys = new Map<string, VerificationKey>();
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  #failure: unknown;

  constructor(options: KeySetOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  /**
   * The key of that name and algorithm; undefined when there is none.
   * @throws TransientError while no keys can be had at all
   */
  async find(kid: string, algorithm: string): Promise<VerificationKey | undefined> {
    const name = nameOf(kid, algorithm);
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    await this.#load();
    const found = this.#keys.get(name);
    if (found === undefined && this.#keys.size === 0 && this.#failure !== undefined) {
      throw new TransientError('the keys of tokens can not be had', { cause: this.#failure });
    }
    return found;
  }

  /** Looks for new keys in the background when it is time: nobody waits for an identity provider whose keys we have. */
  freshen(): void {
    if (this.#keys.size > 0 && this.#nowMs() - this.#loadedAtMs > REFRESH_AFTER_MS) void this.#load();
  }

  /** Never rejects, and does nothing within the cool-down. Those who come meanwhile share one load. */
  #load(): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    const coolDownMs = this.#keys.size > 0 ? COOL_DOWN_MS : COOL_DOWN_WITHOUT_KEYS_MS;
    if (this.#nowMs() - this.#triedAtMs < coolDownMs) return Promise.resolve();
    this.#triedAtMs = this.#nowMs();
    this.#loading = this.#loadNow().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadNow(): Promise<void> {
    const { source, algorithms, onWithdrawn, logger } = this.#options;
    try {
      const usable = readKeys(await source.load()).filter((key) => algorithms.includes(key.algorithm));
      if (usable.length === 0) throw new Error(`${source.name} holds no key that can be used`);
      const before = this.#keys;
      this.#keys = new Map(usable.map((key) => [nameOf(key.kid, key.algorithm), key]));
      this.#loadedAtMs = this.#nowMs();
      this.#failure = undefined;
      const withdrawn = [...before].some(([name, { key }]) => this.#keys.get(name)?.key.equals(key) !== true);
      if (withdrawn) onWithdrawn();
    } catch (error) {
      // The keys that we have go on being good.
      this.#failure = error;
      logger?.warn({ err: error, source: source.name }, 'keys of tokens could not be loaded');
    }
  }
}

function nameOf(kid: string, algorithm: string): string {
  return `${algorithm} ${kid}`;
}
