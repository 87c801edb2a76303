import type { Logger } from '../runtime/logger.ts';
import type { Algorithm } from './json-web-keys.ts';
import { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { signatureCheck } from './signature.ts';
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
  read(claims: Claims): T | null;
  /** Most tokens remembered. */
  cacheSize: number;
  logger?: Logger | undefined;
  nowMs?: () => number;
}

/** The token is not good: why is for the log, not for whoever sent it. */
export class BadToken extends Error {
  override readonly name = 'BadToken';
}

type Claims = Record<string, unknown>;

// Longer than any token of ours; a header line may be 16 KiB.
const LONGEST_TOKEN_CHARACTERS = 4096;
const KNOWN_HEADERS = 64;
/** Three parts of base64url, and nothing that a decoder would skip: one token has one text (RFC 7515 §7.1). */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

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
  #checks = new Map<string, ReturnType<typeof signatureCheck>>();
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

    if (!COMPACT.test(token)) throw new BadToken('not three parts of base64url');

    const withdrawals = this.#withdrawals;
    const header = token.slice(0, token.indexOf('.') + 1);
    const isSigned = this.#checks.get(header) ?? (await this.#checkFor(header));
    const end = token.lastIndexOf('.');
    if (!isSigned(token.slice(0, end), token.slice(end + 1))) throw new BadToken('not signed by its key');
    const claims = readClaims(token.slice(header.length, end));
    this.#judge(claims);
    const value = this.#rules.read(claims);
    if (value === null) throw new BadToken('claims that can not be used');
    // A key that was withdrawn while we waited for it must not be remembered past that.
    if (withdrawals === this.#withdrawals) {
      this.#good.set(token, value, (claims.exp as number) * 1000 + this.#rules.toleranceMs);
    }
    return value;
  }

  async #checkFor(header: string): Promise<ReturnType<typeof signatureCheck>> {
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
    const check = signatureCheck(key);
    // Headers that name a known key can still differ in what nobody reads; a bound keeps them from filling memory.
    if (this.#checks.size >= KNOWN_HEADERS) this.#checks.clear();
    if (withdrawals === this.#withdrawals) this.#checks.set(header, check);
    return check;
  }

  /** @throws BadToken where a registered claim is missing, of another type or not as the rules want it (RFC 7519 §4.1) */
  #judge({ iss, aud, sub, exp, nbf }: Claims): void {
    const { issuer, audience, toleranceMs } = this.#rules;
    if (iss !== issuer) throw new BadToken('of another issuer');
    const audiences = Array.isArray(aud) ? aud : [aud];
    if (!audiences.includes(audience) || audiences.some((one) => typeof one !== 'string')) {
      throw new BadToken('for another audience');
    }
    if (typeof sub !== 'string') throw new BadToken('no subject');
    const now = Date.now();
    if (typeof exp !== 'number' || now > exp * 1000 + toleranceMs) throw new BadToken('no end, or past it');
    if (nbf !== undefined && (typeof nbf !== 'number' || now < nbf * 1000 - toleranceMs)) {
      throw new BadToken('not yet good');
    }
  }
}

const objectIn = (base64url: string): Claims | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
};

function readClaims(base64url: string): Claims {
  const claims = objectIn(base64url);
  if (claims === null) throw new BadToken('no claims');
  return claims;
}

function readHeader(segment: string): { alg?: unknown; kid?: unknown; typ?: unknown; crit?: unknown } {
  const header = objectIn(segment.slice(0, -1));
  if (header === null) throw new BadToken('no header');
  return header;
}
