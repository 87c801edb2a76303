import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  admissionVerifier,
  ConfigError,
  createAdmissionSigner,
  createAdmissionVerifier,
  fixedKeys,
} from '../../src/index.ts';
import { confused, edPair, fanClaims, nowS, rsaPair, type TestPair, token, unsigned } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'admission-'));
afterAll(() => rmSync(folder, { recursive: true }));
function files(pair: TestPair, published: object[]) {
  const privateKey = join(folder, `${pair.kid}.pem`);
  const publicKeys = join(folder, `${pair.kid}.jwks.json`);
  writeFileSync(privateKey, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(publicKeys, JSON.stringify({ keys: published }));
  return { ADMISSION_PRIVATE_KEY_FILE: privateKey, ADMISSION_PUBLIC_KEYS_FILE: publicKeys };
}

const pair = edPair('now');
const retired = edPair('before');
const config = files(pair, [retired.jwk, pair.jwk]);
const sign = createAdmissionSigner(config);
const verifier = createAdmissionVerifier(config);
const expiresAt = new Date((nowS() + 60) * 1000);
const admission = { userId: 'fan-1', scheduleId: 7, jti: 'a-1', expiresAt };

function claims(more: object = {}): Record<string, unknown> {
  return {
    iss: 'stagedoor-queue',
    aud: 'stagedoor-admission',
    sub: 'fan-1',
    scheduleId: 7,
    jti: 'a-1',
    exp: nowS() + 60,
    ...more,
  };
}
const TYP = { typ: 'admission+jwt' };
const refused = (text: string) => expect(verifier.verify(text)).rejects.toMatchObject({ code: 'ADMISSION_REQUIRED' });

test('what is signed is verified, and the header says what design §6 says', async () => {
  const text = sign(admission);
  expect(await verifier.verify(text)).toEqual(admission);
  expect(JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString())).toEqual({
    alg: 'EdDSA',
    typ: 'admission+jwt',
    kid: 'now',
  });
  expect(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
    ...claims({ exp: expiresAt.getTime() / 1000 }),
  });
});

test('two keys are live during a rotation', async () => {
  expect(await verifier.verify(token(retired, claims(), TYP))).toMatchObject({ scheduleId: 7 });
});

describe('refused', () => {
  test.each<[string, object]>([
    ['expired, without tolerance', { exp: nowS() - 1 }],
    ['another issuer', { iss: 'stagedoor-dev' }],
    ['another audience', { aud: 'stagedoor' }],
    ['no schedule', { scheduleId: undefined }],
    ['a schedule that is text', { scheduleId: '7' }],
    ['a schedule that is no integer', { scheduleId: 7.5 }],
    ['no id', { jti: undefined }],
    ['no fan', { sub: undefined }],
    ['no end', { exp: undefined }],
  ])('%s', async (_what, more) => refused(token(pair, claims(more), TYP)));

  test("a fan's token, or one without the type", async () => {
    await refused(token(pair, fanClaims()));
    await refused(token(pair, claims()));
    await refused(token(pair, claims(), { typ: 'JWT' }));
  });

  test('another kind of key or signature', async () => {
    const rsa = rsaPair('now');
    await refused(token(rsa, claims(), TYP));
    await expect(admissionVerifier(fixedKeys({ keys: [rsa.jwk] })).verify(token(rsa, claims(), TYP))).rejects.toThrow();
    await refused(token(edPair('now'), claims(), TYP));
    await refused(unsigned(claims(), { alg: 'none', kid: 'now', ...TYP }));
    await refused(confused('now', JSON.stringify(pair.jwk), claims()));
  });
});

test('a key whose other half is not published can not sign', () => {
  expect(() => createAdmissionSigner(files(edPair('lonely'), [pair.jwk]))).toThrow(ConfigError);
  expect(() => createAdmissionSigner(files(rsaPair('kind'), [rsaPair('kind').jwk]))).toThrow(ConfigError);
  expect(() => createAdmissionSigner({ ...config, ADMISSION_PRIVATE_KEY_FILE: '/nowhere.pem' })).toThrow(/nowhere/);
});
