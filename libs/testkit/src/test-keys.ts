import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Admission,
  type AdmissionVerifier,
  admissionSigner,
  admissionVerifier,
  createFanTokenSigner,
  fixedKeys,
  type SigningKey,
  type TokenVerifier,
  tokenVerifier,
} from '@stagedoor/platform';

/** Key pairs made for one test, and tokens signed with them. */
export interface TestKeys {
  readonly issuer: string;
  /** A fan's token, good for an hour unless `ttlMs` says otherwise (negative: expired). */
  fanToken(userId: string, roles?: readonly string[], ttlMs?: number): string;
  /** An admission token; its own id and an end in an hour unless given. */
  admissionToken(admission: Pick<Admission, 'userId' | 'scheduleId'> & Partial<Admission>): string;
  /** `Bearer …`, for a request's authorization header. */
  authorization(userId: string, roles?: readonly string[]): string;
  /** The published halves, as JWKS. */
  readonly fanJwks: { keys: object[] };
  readonly admissionJwks: { keys: object[] };
  readonly fanVerifier: TokenVerifier;
  readonly admissionVerifier: AdmissionVerifier;
  /** The signing halves, for tokens that no signer of ours would sign. */
  readonly fanKey: SigningKey;
  readonly admissionKey: SigningKey;
  /** The keys as files, and the variables that name them, for an app's configuration. The files last until remove(). */
  readonly env: Readonly<Record<TestKeyVariable, string>>;
  remove(): void;
}

type TestKeyVariable =
  | 'AUTH_MODE'
  | 'AUTH_ISSUER'
  | 'AUTH_PUBLIC_KEYS_FILE'
  | 'AUTH_DEV_PRIVATE_KEY_FILE'
  | 'ADMISSION_PUBLIC_KEYS_FILE'
  | 'ADMISSION_PRIVATE_KEY_FILE'
  | 'QUEUE_TICKET_SECRET';

const ISSUER = 'stagedoor-test';
const HOUR_MS = 3_600_000;

/** Makes an RS256 pair for fans and an Ed25519 pair for admissions. */
export function testKeys(): TestKeys {
  const fan = keyPair('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const admission = keyPair('EdDSA', generateKeyPairSync('ed25519'));
  const signFan = createFanTokenSigner(fan.signing, ISSUER);
  const signAdmission = admissionSigner(admission.signing);
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-keys-'));
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const fanToken: TestKeys['fanToken'] = (userId, roles = [], ttlMs = HOUR_MS) => signFan({ userId, roles, ttlMs });
  return {
    issuer: ISSUER,
    fanToken,
    admissionToken: (given) =>
      signAdmission({ jti: randomUUID(), expiresAt: new Date(Date.now() + HOUR_MS), ...given }),
    authorization: (userId, roles) => `Bearer ${fanToken(userId, roles)}`,
    fanJwks: fan.jwks,
    admissionJwks: admission.jwks,
    fanVerifier: tokenVerifier(fixedKeys(fan.jwks), ISSUER),
    admissionVerifier: admissionVerifier(fixedKeys(admission.jwks)),
    fanKey: fan.signing,
    admissionKey: admission.signing,
    env: {
      AUTH_MODE: 'dev',
      AUTH_ISSUER: ISSUER,
      AUTH_PUBLIC_KEYS_FILE: file('fan.jwks.json', JSON.stringify(fan.jwks)),
      AUTH_DEV_PRIVATE_KEY_FILE: file('fan-dev.pem', fan.signing.pem),
      ADMISSION_PUBLIC_KEYS_FILE: file('admission.jwks.json', JSON.stringify(admission.jwks)),
      ADMISSION_PRIVATE_KEY_FILE: file('admission.pem', admission.signing.pem),
      QUEUE_TICKET_SECRET: randomUUID() + randomUUID(),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function keyPair(
  algorithm: 'RS256' | 'EdDSA',
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
) {
  const kid = `test-${randomUUID()}`;
  const signing: SigningKey = { kid, algorithm, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  return { signing, jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }] } };
}
