import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A key pair with a name, and tokens made by hand: tests need those that no signer would make. */
export interface TestPair {
  kid: string;
  alg: string;
  privateKey: KeyObject;
  jwk: object;
}

export function rsaPair(kid = 'rsa-1', modulusLength = 2048): TestPair {
  return pair(kid, 'RS256', generateKeyPairSync('rsa', { modulusLength }));
}
export function ecPair(kid = 'ec-1', namedCurve = 'P-256'): TestPair {
  return pair(kid, 'ES256', generateKeyPairSync('ec', { namedCurve }));
}
export function edPair(kid = 'ed-1'): TestPair {
  return pair(kid, 'EdDSA', generateKeyPairSync('ed25519'));
}

function pair(kid: string, alg: string, keys: { publicKey: KeyObject; privateKey: KeyObject }): TestPair {
  return {
    kid,
    alg,
    privateKey: keys.privateKey,
    jwk: { ...keys.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' },
  };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const nowS = (): number => Math.floor(Date.now() / 1000);

/** Claims of a good fan's token. */
export function fanClaims(more: object = {}): Record<string, unknown> {
  return { iss: 'issuer', aud: 'stagedoor', sub: 'fan-1', exp: nowS() + 600, ...more };
}

/** A token signed by the pair, with whatever header and claims. */
export function token(by: TestPair, claims: object, header: object = {}): string {
  const input = `${part({ alg: by.alg, kid: by.kid, ...header })}.${part(claims)}`;
  const signature = sign(
    by.alg === 'EdDSA' ? null : 'sha256',
    Buffer.from(input),
    by.alg === 'ES256' ? { key: by.privateKey, dsaEncoding: 'ieee-p1363' } : by.privateKey,
  );
  return `${input}.${signature.toString('base64url')}`;
}

/** A token "signed" with a public key's text as an HMAC secret: algorithm confusion. */
export function confused(kid: string, secret: string | Buffer, claims: object, alg = 'HS256'): string {
  const input = `${part({ alg, kid })}.${part(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** A token without a signature. */
export function unsigned(claims: object, header: object): string {
  return `${part(header)}.${part(claims)}.`;
}
