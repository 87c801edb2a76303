/** Keys of the stack: made once, kept in its keys folder. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { keepOnce } from './secrets.mjs';

/** The members of a key that RFC 7638 hashes, in the order in which it wants them. */
const THUMBPRINT_MEMBERS = { RSA: ['e', 'kty', 'n'], OKP: ['crv', 'kty', 'x'] };

/**
 * RFC 7638: the same key gets the same kid wherever that is computed.
 * @param {import('node:crypto').JsonWebKey} jwk
 */
export function thumbprint(jwk) {
  const members = THUMBPRINT_MEMBERS[jwk.kty].map((name) => [name, jwk[name]]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest('base64url');
}

/** The public half of a private key in PEM, as a JWKS that holds it alone. */
export function jwksOf(pem, alg) {
  const jwk = createPublicKey(pem).export({ format: 'jwk' });
  return `${JSON.stringify({ keys: [{ ...jwk, kid: thumbprint(jwk), use: 'sig', alg }] }, null, 2)}\n`;
}

const newPem = (type, options) => () =>
  generateKeyPairSync(type, {
    ...options,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/**
 * Fans' development tokens (RS256), admission tokens (EdDSA), and the secret of the queue's tickets.
 * @param {string} folder
 */
export function keysOf(folder) {
  const fanPem = keepOnce(folder, 'fan-dev.pem', newPem('rsa', { modulusLength: 2048 }));
  keepOnce(folder, 'fan.jwks.json', () => jwksOf(fanPem, 'RS256'));
  const admissionPem = keepOnce(folder, 'admission.pem', newPem('ed25519', {}));
  keepOnce(folder, 'admission.jwks.json', () => jwksOf(admissionPem, 'EdDSA'));
  return {
    fanPrivateKeyFile: join(folder, 'fan-dev.pem'),
    fanPublicKeysFile: join(folder, 'fan.jwks.json'),
    admissionPrivateKeyFile: join(folder, 'admission.pem'),
    admissionPublicKeysFile: join(folder, 'admission.jwks.json'),
    queueTicketSecret: keepOnce(folder, 'queue-ticket.secret', () => randomBytes(48).toString('base64url')),
  };
}
