import { sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fixedKeys, tokenVerifier } from '../../src/index.ts';
import { ecPair, edPair, fanClaims, nowS, rsaPair, token, unsigned } from './tokens.ts';

/** What someone can make of a good token, of known keys, or of keys of their own; `fan-tokens.test.ts` has the rest. */
const ed = edPair('shared');
const ec = ecPair('shared');
const rsa = rsaPair('rsa');
const verifier = tokenVerifier(fixedKeys({ keys: [ed.jwk, ec.jwk, rsa.jwk] }), 'issuer');
const refused = (text: string) => expect(verifier.verify(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

describe('two kinds of keys under one name', () => {
  test('each checks its own algorithm', async () => {
    expect(await verifier.verify(token(ed, fanClaims()))).toMatchObject({ userId: 'fan-1' });
    expect(await verifier.verify(token(ec, fanClaims()))).toMatchObject({ userId: 'fan-1' });
  });

  test('neither checks the other’s, nor one that is not published', async () => {
    await refused(token(ed, fanClaims(), { alg: 'ES256' }));
    await refused(token(ec, fanClaims(), { alg: 'EdDSA' }));
    await refused(token(rsaPair('shared'), fanClaims()));
    await refused(token(ecPair('shared'), fanClaims()));
  });
});

describe('a text that differs from the one that was signed', () => {
  // A base64 decoder that skips what it does not know would take any number of texts for one token: each would be
  // verified, and remembered, on its own.
  test.each(['!', ' ', '\n', '=', '%', 'é', '.'])('by %j anywhere is refused', async (inserted) => {
    const good = token(ed, fanClaims());
    const [header = '', claims = '', signature = ''] = good.split('.');
    for (const text of [
      `${header}${inserted}.${claims}.${signature}`,
      `${header}.${claims}${inserted}.${signature}`,
      `${header}.${claims}.${signature}${inserted}`,
      `${header}.${claims}.${signature.slice(0, 10)}${inserted}${signature.slice(10)}`,
    ]) {
      await refused(text);
    }
  });

  test('by the bits that its last character does not use is refused', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const good = token(ed, fanClaims());
    for (const last of alphabet) if (!good.endsWith(last)) await refused(good.slice(0, -1) + last);
  });

  test('by another base64 alphabet is refused', async () => {
    let good = token(ed, fanClaims());
    while (!/[-_][^.]*$/.test(good)) good = token(ed, fanClaims({ jti: Math.random() }));
    await refused(good.replaceAll('-', '+').replaceAll('_', '/'));
  });
});

test.each([
  ['RS256', rsa],
  ['ES256', ec],
  ['EdDSA', ed],
])('a signature of %s in another length is refused', async (_alg, pair) => {
  const good = token(pair, fanClaims());
  const end = good.lastIndexOf('.') + 1;
  const bytes = Buffer.from(good.slice(end), 'base64url');
  for (const other of [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), Buffer.alloc(1)]) {
    await refused(good.slice(0, end) + other.toString('base64url'));
  }
  await refused(good.slice(0, end));
});

test('a signature of ECDSA in DER is refused: JOSE has another writing (RFC 7518 §3.4)', async () => {
  const input = token(ec, fanClaims()).split('.').slice(0, 2).join('.');
  await refused(`${input}.${sign('sha256', Buffer.from(input), ec.privateKey).toString('base64url')}`);
});

describe('headers that nobody may steer by', () => {
  const stranger = edPair('shared');
  test.each<[string, object]>([
    ['a key', { jwk: stranger.jwk }],
    ['where keys are', { jku: 'http://127.0.0.1:1/jwks.json' }],
    ['a certificate', { x5c: ['MIIB'] }],
    ['where a certificate is', { x5u: 'http://127.0.0.1:1/cert.pem' }],
  ])('%s: a stranger’s signature is refused, and our own is as good as without it', async (_what, header) => {
    await refused(token(stranger, fanClaims(), header));
    expect(await verifier.verify(token(ed, fanClaims(), header))).toMatchObject({ userId: 'fan-1' });
  });

  test.each([[['exp']], [['b64']], [[]], ['b64'], [{}], [null]])('crit %j is refused', async (crit) => {
    await refused(token(ed, fanClaims(), { crit }));
  });

  test.each(['HS256', 'HS384', 'HS512', 'RS256', 'PS256', 'ES384', 'ES256K', 'Ed25519', 'eddsa', 'EDDSA', 7, null])(
    'alg %j is refused under a key of another',
    async (alg) => refused(token(ed, fanClaims(), { alg })),
  );

  test.each(['none', 'None', 'NONE', 'nOnE', ' none', 'none ', '', null, undefined, 0, [], ['none']])(
    'no signature, as alg %j, is refused',
    async (alg) => {
      await refused(unsigned(fanClaims(), { alg, kid: 'shared' }));
      await refused(`${unsigned(fanClaims(), { alg, kid: 'shared' })}AAAA`);
    },
  );
});

describe('claims', () => {
  test.each<[string, object]>([
    ['an end beyond all time', { exp: 1e308 }],
    ['an end in milliseconds', { exp: Date.now() + 600_000 }],
  ])('%s is still a good token', async (_what, claims) => {
    expect(await verifier.verify(token(ed, fanClaims(claims)))).toMatchObject({ userId: 'fan-1' });
  });

  test.each<[string, object]>([
    ['an end that is no number', { exp: null }],
    ['an end before time', { exp: -1 }],
    ['an end that is a list', { exp: [nowS() + 600] }],
    ['a beginning that is text', { nbf: 'now' }],
    ['a beginning that has not come', { nbf: nowS() + 60 }],
    ['an audience that is an object', { aud: { stagedoor: true } }],
    ['an audience beside one that is no text', { aud: ['stagedoor', 7] }],
    ['a subject that is an object', { sub: {} }],
    ['an issuer that is nothing', { iss: null }],
    ['a beginning that is nothing', { nbf: null }],
    ['an audience in other letters', { aud: 'Stagedoor' }],
    ['no audience in a list', { aud: [] }],
    ['a subject with a line break', { sub: 'fan\n1' }],
    ['a subject with a C1 control character', { sub: 'fan\u0085' }],
    ['a subject with half a character', { sub: 'fan\ud800' }],
    ['a subject with white space at its end', { sub: 'fan ' }],
    ['a subject with a no-break space before it', { sub: '\u00a0fan' }],
    ['a subject that is a list', { sub: ['fan-1'] }],
    ['too many roles', { roles: Array(33).fill('x') }],
    ['a role that is too long', { roles: ['x'.repeat(65)] }],
  ])('%s is refused', async (_what, claims) => refused(token(ed, fanClaims(claims))));

  test('a subject of 64 characters of any script is a fan', async () => {
    for (const sub of ['x'.repeat(64), '가'.repeat(64), '🎫'.repeat(32), 'fán', 'FAN', 'a b']) {
      expect((await verifier.verify(token(ed, fanClaims({ sub })))).userId).toBe(sub);
    }
  });

  test('of a token that is too long are not read', async () => {
    await refused(token(ed, fanClaims({ padding: 'x'.repeat(4096) })));
  });
});
