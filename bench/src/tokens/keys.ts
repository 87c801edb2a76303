import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SigningKey } from '@stagedoor/platform';

export const ISSUER = 'stagedoor-bench';

/** The benchmark's own keys: kept from run to run, so that tokens need to be signed only once. */
export interface BenchKeys {
  fan: SigningKey;
  admission: SigningKey;
  /** What the apps read, in files. */
  files: { fanJwks: string; admissionJwks: string; admissionPem: string };
}

export function benchKeys(folder: string): BenchKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fan = keep(folder, 'fan', 'RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  const admission = keep(folder, 'admission', 'EdDSA', () => generateKeyPairSync('ed25519').privateKey);
  return {
    fan: fan.signing,
    admission: admission.signing,
    files: { fanJwks: fan.jwksFile, admissionJwks: admission.jwksFile, admissionPem: admission.pemFile },
  };
}

function keep(folder: string, name: string, algorithm: 'RS256' | 'EdDSA', make: () => KeyObject) {
  const pemFile = join(folder, `${name}.pem`);
  const jwksFile = join(folder, `${name}.jwks.json`);
  if (!existsSync(pemFile)) writeFileSync(pemFile, make().export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const pem = readFileSync(pemFile, 'utf8');
  const kid = `bench-${name}`;
  const jwk = createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' });
  writeFileSync(jwksFile, JSON.stringify({ keys: [{ ...jwk, kid, alg: algorithm, use: 'sig' }] }));
  return { pemFile, jwksFile, signing: { kid, algorithm, pem } satisfies SigningKey };
}
