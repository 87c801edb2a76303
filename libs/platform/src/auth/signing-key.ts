import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/parse-config.ts';
import { type Algorithm, algorithmOf, type PublishedKey, thumbprint } from './json-web-keys.ts';

/** A private key and the name under which its public half is published. */
export interface SigningKey {
  kid: string;
  algorithm: Algorithm;
  /** PKCS #8. */
  pem: string;
}

/**
 * Reads a private key from a PEM file and its name from the JWKS file that publishes its other half, so that nothing
 * can be signed that nobody can check.
 * @throws ConfigError when a file can not be read, or the key is not in the set
 */
export function readSigningKey(privateKeyFile: string, publicKeysFile: string): SigningKey {
  try {
    const privateKey = createPrivateKey(readFileSync(privateKeyFile));
    const published = JSON.parse(readFileSync(publicKeysFile, 'utf8')) as { keys: PublishedKey[] };
    const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
    const algorithm = algorithmOf(jwk);
    if (algorithm === null) throw new Error('its kind is not RSA, P-256 or Ed25519');
    const kid = published.keys.find((key) => thumbprint(key) === thumbprint(jwk))?.kid;
    if (kid === undefined) throw new Error(`its public half is not in ${publicKeysFile}`);
    return { kid, algorithm, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  } catch (error) {
    throw new ConfigError('keys', [`${privateKeyFile}: ${(error as Error).message}`]);
  }
}
