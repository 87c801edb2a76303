import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fixedKeys, tokenVerifier } from '../../src/index.ts';
import { confused, ecPair, edPair, fanClaims, nowS, rsaPair, token, unsigned } from './tokens.ts';

const rsa = rsaPair();
const ec = ecPair();
const ed = edPair();
const stranger = rsaPair('rsa-1');
const jwks = { keys: [rsa.jwk, ec.jwk, ed.jwk] };
const verifier = tokenVerifier(fixedKeys(jwks), 'issuer');
const refused = (text: string) => expect(verifier.verify(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

describe('good tokens', () => {
  test.each([
    ['RS256', rsa],
    ['ES256', ec],
    ['EdDSA', ed],
  ])('%s', async (_alg, pair) => {
    expect(await verifier.verify(token(pair, fanClaims({ roles: ['admin'] })))).toEqual({
      userId: 'fan-1',
      roles: ['admin'],
    });
  });

  test('without roles, with typ, with aud as a list', async () => {
    const claims = fanClaims({ aud: ['other', 'stagedoor'] });
    for (const typ of [undefined, 'JWT', 'jwt', 'at+jwt', 'application/at+jwt']) {
      expect(await verifier.verify(token(ed, claims, { typ }))).toEqual({ userId: 'fan-1', roles: [] });
    }
  });

  test('clocks may differ by 30 s', async () => {
    await verifier.verify(token(ed, fanClaims({ exp: nowS() - 25 })));
    await verifier.verify(token(ed, fanClaims({ nbf: nowS() + 25 })));
    await refused(token(ed, fanClaims({ exp: nowS() - 35 })));
    await refused(token(ed, fanClaims({ nbf: nowS() + 35 })));
  });

  test('a token that was good is refused once it has expired', async () => {
    const text = token(ed, fanClaims({ exp: nowS() - 29 }));
    await verifier.verify(text);
    await expect
      .poll(
        () =>
          verifier.verify(text).then(
            () => 'good',
            () => 'refused',
          ),
        { timeout: 5000 },
      )
      .toBe('refused');
  });
});

describe('refused', () => {
  test.each<[string, object]>([
    ['another issuer', { iss: 'evil' }],
    ['an issuer in a list', { iss: ['issuer', 'evil'] }],
    ['another audience', { aud: 'stagedoor-admission' }],
    ['an audience that begins alike', { aud: 'stagedoor2' }],
    ['no issuer', { iss: undefined }],
    ['no audience', { aud: undefined }],
    ['no end', { exp: undefined }],
    ['an end that is text', { exp: '9999999999' }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is a number', { sub: 7 }],
    ['a subject of 65 characters', { sub: 'x'.repeat(65) }],
    ['a subject with a control character', { sub: 'fan\u0000' }],
    ['roles that are text', { roles: 'admin' }],
    ['roles that are objects', { roles: [{ admin: true }] }],
  ])('%s', async (_what, claims) => refused(token(rsa, fanClaims(claims))));

  test('no signature at all, however it is called', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      await refused(unsigned(fanClaims(), { alg, kid: 'rsa-1' }));
    }
    await refused(unsigned(fanClaims(), { alg: 'RS256', kid: 'rsa-1' }));
  });

  test('a public key used as a secret', async () => {
    const publicKey = createPublicKey(rsa.privateKey);
    const secrets = [
      publicKey.export({ type: 'spki', format: 'pem' }),
      publicKey.export({ type: 'spki', format: 'der' }),
      JSON.stringify(rsa.jwk),
    ];
    for (const secret of secrets) {
      for (const alg of ['HS256', 'RS256', 'EdDSA']) await refused(confused('rsa-1', secret, fanClaims(), alg));
    }
  });

  test("an algorithm that is not the key's", async () => {
    await refused(token({ ...rsa, alg: 'RS256' }, fanClaims(), { kid: 'ed-1' }));
    await refused(token(rsa, fanClaims(), { alg: 'PS256' }));
    await refused(token(rsa, fanClaims(), { alg: 'RS512' }));
    await refused(token(ed, fanClaims(), { alg: 'RS256' }));
  });

  test("a stranger's key under a known name, an unknown name, no name", async () => {
    await refused(token(stranger, fanClaims()));
    await refused(token(rsa, fanClaims(), { kid: 'unknown' }));
    await refused(token(rsa, fanClaims(), { kid: undefined }));
    await refused(token(rsa, fanClaims(), { kid: ['rsa-1'] }));
    await refused(token(rsa, fanClaims(), { kid: '__proto__' }));
  });

  test('a key that the token brings along', async () => {
    await refused(token(stranger, fanClaims(), { jwk: stranger.jwk, kid: 'rsa-1' }));
    await refused(token(stranger, fanClaims(), { jku: 'https://evil.example/jwks.json', kid: 'rsa-1' }));
  });

  test('an extension that it declares critical', async () => {
    await refused(token(rsa, fanClaims(), { crit: ['b64'], b64: false }));
  });

  test('an admission token, even under a key that is trusted for fans', async () => {
    const claims = fanClaims({ scheduleId: 1, jti: 'x' });
    for (const typ of ['admission+jwt', 'ADMISSION+JWT', 'application/admission+jwt', 7]) {
      await refused(token(ed, claims, { typ }));
    }
  });

  test('a good token with one character changed, anywhere', async () => {
    const good = token(ec, fanClaims());
    for (let at = 0; at < good.length; at += 7) {
      const changed = `${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`;
      if (changed !== good) await refused(changed);
    }
    await refused(`${good}=`);
    await refused(` ${good}`);
    await refused(`${good}.x`);
  });

  test.each([
    '',
    '.',
    '..',
    'a.b.c',
    'x'.repeat(100_000),
    `${'x'.repeat(3000)}.y.z`,
    'bnVsbA.bnVsbA.bnVsbA',
    'W10.W10.W10',
  ])('rubbish %#', async (text) => refused(text));
});

test('the same text is verified once, and remembered tokens are bounded', async () => {
  const text = token(rsa, fanClaims());
  const first = await verifier.verify(text);
  expect(await verifier.verify(text)).toBe(first);
});
