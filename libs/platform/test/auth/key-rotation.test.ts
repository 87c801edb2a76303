import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JwtVerifier } from '../../src/auth/jwt-verifier.ts';
import { KeySet } from '../../src/auth/key-set.ts';
import { createTokenVerifier, isTransient, type KeySource, keysAtUrl, keysInFile } from '../../src/index.ts';
import { ecPair, edPair, fanClaims, rsaPair, token } from './tokens.ts';

const MINUTE_MS = 60_000;

describe('a set of keys', () => {
  let nowMs: number;
  let loads: number;
  let withdrawals: number;
  let published: object[];
  let failing: boolean;
  let keys: KeySet;

  beforeEach(() => {
    nowMs = 0;
    loads = 0;
    withdrawals = 0;
    failing = false;
    published = [edPair('one').jwk];
    const source: KeySource = {
      name: 'test',
      load: async () => {
        loads++;
        if (failing) throw new Error('away');
        return { keys: published };
      },
    };
    keys = new KeySet({
      source,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      nowMs: () => nowMs,
      onWithdrawn: () => {
        withdrawals++;
      },
    });
  });

  test('is loaded at first use, once for all who ask at once', async () => {
    const found = await Promise.all([keys.find('one', 'EdDSA'), keys.find('one', 'EdDSA'), keys.find('one', 'RS256')]);
    expect(found.map((key) => key?.kid)).toEqual(['one', 'one', undefined]);
    expect(loads).toBe(1);
  });

  test('an unknown name is looked for at the source, but no more often than the cool-down', async () => {
    await keys.find('one', 'EdDSA');
    for (let i = 0; i < 100; i++) expect(await keys.find(`invented ${i}`, 'EdDSA')).toBeUndefined();
    expect(loads).toBe(1);
    nowMs += MINUTE_MS / 2;
    published = [...published, edPair('two').jwk];
    expect(await keys.find('two', 'EdDSA')).toMatchObject({ kid: 'two' });
    expect(await keys.find('one', 'EdDSA')).toMatchObject({ kid: 'one' });
    expect(loads).toBe(2);
    expect(withdrawals).toBe(0);
  });

  test('a withdrawn key is believed for five minutes at most', async () => {
    await keys.find('one', 'EdDSA');
    published = [edPair('two').jwk];
    nowMs += 5 * MINUTE_MS + 1;
    keys.freshen();
    await expect.poll(() => withdrawals).toBe(1);
    expect(await keys.find('one', 'EdDSA')).toBeUndefined();
  });

  test('known keys outlive a source that is away', async () => {
    await keys.find('one', 'EdDSA');
    failing = true;
    nowMs += 60 * MINUTE_MS;
    keys.freshen();
    expect(await keys.find('one', 'EdDSA')).toMatchObject({ kid: 'one' });
    expect(await keys.find('two', 'EdDSA')).toBeUndefined();
  });

  test('without any keys, the failure is transient and the next look comes soon', async () => {
    failing = true;
    await expect(keys.find('one', 'EdDSA')).rejects.toSatisfy(isTransient);
    await expect(keys.find('one', 'EdDSA')).rejects.toSatisfy(isTransient);
    expect(loads).toBe(1);
    failing = false;
    nowMs += 1_000;
    expect(await keys.find('one', 'EdDSA')).toMatchObject({ kid: 'one' });
  });

  test('keys that nobody should sign with are left out', async () => {
    published = [
      { ...rsaPair('weak', 1024).jwk },
      { ...ecPair('curve', 'P-384').jwk, alg: undefined },
      { ...rsaPair('other').jwk, alg: 'PS256' },
      { ...rsaPair('encryption').jwk, use: 'enc' },
      { kty: 'oct', kid: 'secret', k: 'c2VjcmV0', alg: 'HS256' },
      { ...edPair().jwk, kid: undefined },
      { kty: 'OKP', crv: 'Ed25519', kid: 'broken', x: '!' },
      edPair('good').jwk,
    ];
    expect(await keys.find('good', 'EdDSA')).toBeDefined();
    for (const kid of ['weak', 'curve', 'other', 'encryption', 'secret', 'broken']) {
      for (const algorithm of ['RS256', 'ES256', 'EdDSA', 'HS256']) {
        expect(await keys.find(kid, algorithm)).toBeUndefined();
      }
    }
  });
});

describe('keys from a URL', () => {
  let server: Server;
  let answer: { status: number; body: string; location?: string };
  let url: string;

  beforeEach(async () => {
    server = createServer((_request, response) => {
      response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location });
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  afterEach(() => {
    server.close();
  });

  test('two live keys, and a verifier that waits for its provider', async () => {
    const [old, next] = [rsaPair('old'), rsaPair('next')];
    answer = { status: 500, body: '' };
    const verifier = createTokenVerifier({
      NODE_ENV: 'production',
      AUTH_MODE: 'jwt',
      AUTH_ISSUER: 'issuer',
      AUTH_JWKS_URL: url,
    });
    await expect(verifier.verify(token(old, fanClaims()))).rejects.toSatisfy(isTransient);
    answer = { status: 200, body: JSON.stringify({ keys: [old.jwk, next.jwk] }) };
    await expect
      .poll(() => verifier.verify(token(old, fanClaims())).catch(() => null), { timeout: 5000 })
      .not.toBeNull();
    expect(await verifier.verify(token(next, fanClaims({ sub: 'fan-2' })))).toMatchObject({ userId: 'fan-2' });
  });

  test.each([
    ['an error', { status: 404, body: '{"keys":[]}' }],
    ['a redirect', { status: 302, body: '', location: 'http://127.0.0.1:1/' }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['far too much', { status: 200, body: `{"keys":["${'x'.repeat(300_000)}"]}` }],
  ])('%s is refused', async (_what, given) => {
    answer = given;
    await expect(keysAtUrl(url).load()).rejects.toThrow();
  });
});

test('keys in a file are found again after a rotation, without a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keys-'));
  const path = join(folder, 'jwks.json');
  const [old, next] = [edPair('old'), edPair('next')];
  await writeFile(path, JSON.stringify({ keys: [old.jwk] }));
  let nowMs = 0;
  const keys = new KeySet({
    source: keysInFile(path),
    algorithms: ['EdDSA'],
    nowMs: () => nowMs,
    onWithdrawn: () => {},
  });
  expect(await keys.find('old', 'EdDSA')).toBeDefined();
  await writeFile(path, JSON.stringify({ keys: [old.jwk, next.jwk] }));
  nowMs += MINUTE_MS;
  expect(await keys.find('next', 'EdDSA')).toBeDefined();
  await rm(folder, { recursive: true });
});

test('a token that was remembered is refused once its key is withdrawn, for another key too', async () => {
  const [leaked, other] = [edPair('leaked'), edPair('other')];
  let published = [leaked.jwk, other.jwk];
  let nowMs = 0;
  const verifier = new JwtVerifier({
    source: { name: 'test', load: async () => ({ keys: published }) },
    algorithms: ['EdDSA'],
    issuer: 'issuer',
    audience: 'stagedoor',
    toleranceMs: 0,
    types: [''],
    read: ({ sub }) => sub,
    cacheSize: 100,
    nowMs: () => nowMs,
  });
  const [bad, good] = [token(leaked, fanClaims()), token(other, fanClaims())];
  for (const text of [bad, good]) expect(await verifier.verify(text)).toBe('fan-1');
  published = [other.jwk];
  nowMs += 5 * MINUTE_MS + 1;
  await expect.poll(() => verifier.verify(bad).catch(({ name }) => name)).toBe('BadToken');
  expect(await verifier.verify(good)).toBe('fan-1');
});

test('dev tokens can not be switched on in production', () => {
  expect(() =>
    createTokenVerifier({ NODE_ENV: 'production', AUTH_MODE: 'dev', AUTH_ISSUER: 'x', AUTH_PUBLIC_KEYS_FILE: 'x' }),
  ).toThrow(/NODE_ENV=production/);
});
