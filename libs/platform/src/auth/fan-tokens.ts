import { randomUUID } from 'node:crypto';
import { idSchema } from '@stagedoor/contracts';
import { createSigner } from 'fast-jwt';
import { z } from 'zod';
import type { AuthConfig } from '../config/fragments.ts';
import { ConfigError } from '../config/parse-config.ts';
import { Problem } from '../errors/errors.ts';
import type { Logger } from '../runtime/logger.ts';
import { BadToken, JwtVerifier } from './jwt-verifier.ts';
import { type KeySource, keysAtUrl, keysInFile } from './key-source.ts';
import type { SigningKey } from './signing-key.ts';

/** Who sent a request. */
export interface Identity {
  readonly userId: string;
  readonly roles: readonly string[];
}

/** Checks fans' tokens. */
export interface TokenVerifier {
  /**
   * Whose token it is.
   * @throws Problem UNAUTHENTICATED
   * @throws TransientError while no keys can be had at all
   */
  verify(token: string): Promise<Identity>;
}

const AUDIENCE = 'stagedoor';
const TOLERANCE_MS = 30_000;
// About 1 kB each, so 50 MB when that many fans are about.
const REMEMBERED_TOKENS = 50_000;

const claimsSchema = z.object({ sub: idSchema, roles: z.array(z.string().max(64)).max(32).default([]) });

/** Checks fans' tokens by design §6. Keys come from the URL or the file that the configuration names. */
export function createTokenVerifier(config: AuthConfig, logger?: Logger): TokenVerifier {
  if (config.AUTH_MODE === 'dev' && config.NODE_ENV === 'production') {
    throw new ConfigError('auth', ['AUTH_MODE: dev gives tokens to anyone and is refused where NODE_ENV=production']);
  }
  return tokenVerifier(keySourceOf(config), config.AUTH_ISSUER, logger);
}

/** The same, over any source of keys. */
export function tokenVerifier(source: KeySource, issuer: string, logger?: Logger): TokenVerifier {
  const verifier = new JwtVerifier<Identity>({
    source,
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    issuer,
    audience: AUDIENCE,
    toleranceMs: TOLERANCE_MS,
    // An admission token says another type and is no fan's token, even if one key signed both.
    types: ['', 'jwt', 'at+jwt'],
    cacheSize: REMEMBERED_TOKENS,
    logger,
    read(claims) {
      const parsed = claimsSchema.safeParse(claims);
      return parsed.success ? { userId: parsed.data.sub, roles: parsed.data.roles } : null;
    },
  });
  return {
    async verify(token) {
      try {
        return await verifier.verify(token);
      } catch (error) {
        if (!(error instanceof BadToken)) throw error;
        throw new Problem('UNAUTHENTICATED', undefined, { cause: error });
      }
    },
  };
}

function keySourceOf(config: AuthConfig): KeySource {
  if (config.AUTH_JWKS_URL !== undefined) return keysAtUrl(config.AUTH_JWKS_URL);
  if (config.AUTH_PUBLIC_KEYS_FILE !== undefined) return keysInFile(config.AUTH_PUBLIC_KEYS_FILE);
  throw new ConfigError('auth', ['AUTH_JWKS_URL, AUTH_PUBLIC_KEYS_FILE: exactly one of them must be set']);
}

/** Gives out fans' tokens: for AUTH_MODE=dev, where there is no identity provider, and for tests. */
export function createFanTokenSigner(
  key: SigningKey,
  issuer: string,
): (fan: { userId: string; roles?: readonly string[]; ttlMs: number }) => string {
  const sign = createSigner({ key: key.pem, algorithm: key.algorithm, kid: key.kid });
  return ({ userId, roles = [], ttlMs }) =>
    sign({
      iss: issuer,
      aud: AUDIENCE,
      sub: userId,
      ...(roles.length > 0 && { roles }),
      jti: randomUUID(),
      exp: Math.floor((Date.now() + ttlMs) / 1000),
    });
}
