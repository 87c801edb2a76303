import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** What an intruder knows: the public keys. And what the issuer may have signed that is still no fan's token. */
export interface KnownKeys {
  issuer: string;
  fan: { key: KeyObject; kid: string };
  admission: { key: KeyObject; kid: string };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowS = (): number => Math.floor(Date.now() / 1000);

/** A token of any header and claims; the algorithm of the signature follows from the key. */
export function signed(key: KeyObject, header: object, claims: object): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign(key.asymmetricKeyType === 'rsa' ? 'sha256' : null, Buffer.from(input), key);
  return `${input}.${signature.toString('base64url')}`;
}

/** Claims of a fan who may do anything, if they were believed. */
export const claimsOf = (issuer: string, sub: string, more: object = {}): object => ({
  iss: issuer,
  aud: 'stagedoor',
  sub,
  roles: ['admin', 'funding'],
  exp: nowS() + 600,
  ...more,
});

/** Tokens that nobody may be let in by, each under what is wrong with it. */
export function forgedTokens({ issuer, fan, admission }: KnownKeys): Record<string, string> {
  const claims = (more: object = {}) => claimsOf(issuer, 'intruder', more);
  const header = { alg: 'RS256', kid: fan.kid };
  const good = signed(fan.key, header, claims());
  const [, body, signature] = good.split('.');
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = createPublicKey(fan.key).export({ type: 'spki', format: 'pem' });
  const byPublicKey = `${part({ alg: 'HS256', kid: fan.kid })}.${part(claims())}`;
  const withClaims = (more: object) => signed(fan.key, header, claims(more));
  return {
    'no token at all': 'x',
    'alg none': `${part({ alg: 'none', kid: fan.kid })}.${body}.`,
    'alg nOnE with the signature': `${part({ alg: 'nOnE', kid: fan.kid })}.${body}.${signature}`,
    'the public key as an HMAC secret': `${byPublicKey}.${createHmac('sha256', publicPem).update(byPublicKey).digest('base64url')}`,
    'another algorithm under the name of the key': signed(
      generateKeyPairSync('ed25519').privateKey,
      { alg: 'EdDSA', kid: fan.kid },
      claims(),
    ),
    "a stranger's key under a known name": signed(own.privateKey, header, claims()),
    'a key that it brings along': signed(
      own.privateKey,
      { ...header, jwk: own.publicKey.export({ format: 'jwk' }) },
      claims(),
    ),
    'an unknown key': signed(own.privateKey, { alg: 'RS256', kid: 'unknown' }, claims()),
    'no kid': signed(fan.key, { alg: 'RS256' }, claims()),
    'a critical extension': signed(fan.key, { ...header, crit: ['exp'] }, claims()),
    'changed claims': `${part(header)}.${part(claims({ sub: 'somebody' }))}.${signature}`,
    'another issuer': withClaims({ iss: 'evil' }),
    'another audience': withClaims({ aud: 'stagedoor-admission' }),
    expired: withClaims({ exp: nowS() - 60 }),
    'not yet valid': withClaims({ nbf: nowS() + 60 }),
    'no end': withClaims({ exp: undefined }),
    'no subject': withClaims({ sub: undefined }),
    'a subject that is too long': withClaims({ sub: 'x'.repeat(65) }),
    'a subject with a control character': withClaims({ sub: 'intruder\u0007' }),
    'an admission token': signed(
      admission.key,
      { alg: 'EdDSA', typ: 'admission+jwt', kid: admission.kid },
      {
        iss: 'stagedoor-queue',
        aud: 'stagedoor-admission',
        sub: 'intruder',
        scheduleId: 1,
        jti: 'j',
        exp: nowS() + 600,
      },
    ),
    "the type of an admission, by the fans' key": signed(fan.key, { ...header, typ: 'admission+jwt' }, claims()),
    'more than a token can be': withClaims({ padding: 'x'.repeat(4_000) }),
  };
}
