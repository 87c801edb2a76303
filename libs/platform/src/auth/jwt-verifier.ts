import { createVerifier, TokenError } from 'fast-jwt';
import type { Logger } from '../runtime/logger.ts';
import type { Algorithm, VerificationKey } from './json-web-keys.ts';
import { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { VerifiedTokens } from './verified-tokens.ts';

/** What makes a token good. */
export interface JwtRules<T> {
  source: KeySource;
  algorithms: readonly Algorithm[];
  issuer: string;
  audience: string;
  /** How far clocks may differ, for exp and nbf. */
  toleranceMs: number;
  /** Values of the header `typ`, in lower case, without `application/`; '' stands for none. */
  types: readonly string[];
  /** Reads the claims, all signed; null refuses the token. */
  read(claims: Record<string, unknown>): T | null;
  /** Most tokens remembered. */
  cacheSize: number;
  logger?: Logger | undefined;
  nowMs?: () => number;
}

/** The token is not good: why is for the log, not for whoever sent it. */
export class BadToken extends Error {
  override readonly name = 'BadToken';
}

type Check = (token: string) => Record<string, unknown>;

// Longer than any token of ours; a header line may be 16 KiB.
const LONGEST_TOKEN_CHARACTERS = 4096;
const KNOWN_HEADERS = 64;

/**
 * Checks signed tokens. The key is found by the header's `kid` and `alg`, and each key is for one algorithm only, that
 * of its type: a token can not choose to be checked as something else, nor as `none`. A good token is remembered by its
 * whole text until it expires, so that a fan who comes again costs no signature.
 */
export class JwtVerifier<T> {
  readonly #rules: JwtRules<T>;
  readonly #keys: KeySet;
  readonly #good: VerifiedTokens<T>;
  /** Tokens under one key share their header's text, so it is taken apart once. */
  #checks = new Map<string, Check>();
  #withdrawals = 0;

  constructor(rules: JwtRules<T>) {
    this.#rules = rules;
    this.#good = new VerifiedTokens(rules.cacheSize);
    this.#keys = new KeySet({
      source: rules.source,
      algorithms: rules.algorithms,
      logger: rules.logger,
      ...(rules.nowMs && { nowMs: rules.nowMs }),
      onWithdrawn: () => {
        this.#withdrawals++;
        this.#good.clear();
        this.#checks.clear();
      },
    });
  }

  /**
   * What the token says.
   * @throws BadToken
   * @throws TransientError while no keys can be had at all
   */
  async verify(token: string): Promise<T> {
    this.#keys.freshen();
    const known = this.#good.get(token, Date.now());
    if (known !== undefined) return known;
    if (token.length > LONGEST_TOKEN_CHARACTERS) throw new BadToken('too long');

    if (!isCanonical(token.slice(token.lastIndexOf('.') + 1))) throw new BadToken('not base64url');

    const withdrawals = this.#withdrawals;
    const header = token.slice(0, token.indexOf('.') + 1);
    const check = this.#checks.get(header) ?? (await this.#checkFor(header));
    let claims: Record<string, unknown>;
    try {
      claims = check(token);
    } catch (error) {
      if (error instanceof TokenError) throw new BadToken(error.message, { cause: error });
      throw error;
    }
    const value = this.#rules.read(claims);
    if (value === null) throw new BadToken('claims that can not be used');
    // A key that was withdrawn while we waited for it must not be remembered past that.
    if (withdrawals === this.#withdrawals) {
      this.#good.set(token, value, (claims.exp as number) * 1000 + this.#rules.toleranceMs);
    }
    return value;
  }

  async #checkFor(header: string): Promise<Check> {
    const { alg, kid, typ, crit } = readHeader(header);
    // No extension is understood here, so a token that calls any critical is none of ours (RFC 7515 §4.1.11).
    if (crit !== undefined) throw new BadToken('a critical extension');
    const type =
      typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ === undefined ? '' : null;
    if (type === null || !this.#rules.types.includes(type)) throw new BadToken('a token of another type');
    if (typeof alg !== 'string' || typeof kid !== 'string') throw new BadToken('no alg or no kid');
    const withdrawals = this.#withdrawals;
    const key = await this.#keys.find(kid, alg);
    if (key === undefined) throw new BadToken('an unknown key');
    const check = this.#build(key);
    // Headers that name a known key can still differ in what nobody reads; a bound keeps them from filling memory.
    if (this.#checks.size >= KNOWN_HEADERS) this.#checks.clear();
    if (withdrawals === this.#withdrawals) this.#checks.set(header, check);
    return check;
  }

  #build(key: VerificationKey): Check {
    return createVerifier({
      key: key.pem,
      algorithms: [key.algorithm],
      allowedIss: this.#rules.issuer,
      allowedAud: this.#rules.audience,
      requiredClaims: ['iss', 'aud', 'sub', 'exp'],
      clockTolerance: this.#rules.toleranceMs,
      // Its own cache goes by a hash of the token and once let tokens live past their time; ours is above.
      cache: false,
    });
  }
}

/** Whether no other text stands for the same bytes: else one signature would be good in sixteen writings. */
function isCanonical(base64url: string): boolean {
  return Buffer.from(base64url, 'base64url').toString('base64url') === base64url;
}

function readHeader(segment: string): { alg?: unknown; kid?: unknown; typ?: unknown; crit?: unknown } {
  try {
    const header: unknown = JSON.parse(Buffer.from(segment.slice(0, -1), 'base64url').toString('utf8'));
    if (typeof header === 'object' && header !== null) return header;
  } catch {
    // Not JSON: said below.
  }
  throw new BadToken('no header');
}
