import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A signature algorithm that tokens may use. */
export type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

/** A key as a JWKS holds it. */
export interface PublishedKey extends JsonWebKey {
  kid?: string;
  alg?: string;
  use?: string;
}

/** A key that tokens can be checked with, and the one algorithm that it is for. */
export interface VerificationKey {
  kid: string;
  algorithm: Algorithm;
  key: KeyObject;
}

const SMALLEST_RSA_BITS = 2048;

/**
 * The usable keys of a JWKS document. Keys of other kinds, for encryption, too weak or without a `kid` are left out, as
 * a published set may hold keys for other purposes.
 * @throws TypeError when it is no JWKS
 */
export function readKeys(document: unknown): VerificationKey[] {
  const keys = (document as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new TypeError('not a JWKS: it has no list of keys');
  return keys.flatMap((jwk: PublishedKey) => {
    const key = readKey(jwk);
    return key === null ? [] : [key];
  });
}

function readKey(jwk: PublishedKey): VerificationKey | null {
  const algorithm = algorithmOf(jwk);
  if (algorithm === null || typeof jwk.kid !== 'string' || jwk.kid === '') return null;
  if (jwk.use !== undefined && jwk.use !== 'sig') return null;
  // The algorithm follows from the key's type; one that says otherwise is for something else.
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return null;
  let key: KeyObject;
  try {
    key = createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    return null;
  }
  if (algorithm === 'RS256' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < SMALLEST_RSA_BITS) return null;
  return { kid: jwk.kid, algorithm, key };
}

/** The one algorithm for a key's type and curve; null for a key that tokens can not be signed with here. */
export function algorithmOf(jwk: JsonWebKey): Algorithm | null {
  if (jwk.kty === 'RSA') return 'RS256';
  if (jwk.kty === 'EC' && jwk.crv === 'P-256') return 'ES256';
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') return 'EdDSA';
  return null;
}

/** A key's RFC 7638 thumbprint: the same for both halves of a pair, so it finds a private key's published half. */
export function thumbprint(jwk: JsonWebKey): string {
  const required =
    jwk.kty === 'RSA'
      ? { e: jwk.e, kty: jwk.kty, n: jwk.n }
      : jwk.kty === 'EC'
        ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }
        : { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
  return createHash('sha256').update(JSON.stringify(required)).digest('base64url');
}
