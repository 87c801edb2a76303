import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../src/openapi.ts';
import { newFan, type Replica, type World, world } from './harness.ts';

let w: World;
let gateway: Replica;

beforeAll(async () => {
  w = await world();
  gateway = await w.replica();
});
afterAll(() => w.close());

describe('the index page', () => {
  test('says where to go, and loads nothing', async () => {
    const page = await gateway.call('GET', '/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = String(page.body);
    for (const app of ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker']) {
      for (const link of [`/docs/${app}/`, `/openapi/${app}.json`, `/health/${app}`])
        expect(html).toContain(`href="${link}"`);
    }
    expect(html).toContain('README');
    expect(html).not.toMatch(/<(script|link|img|iframe)|src=|https?:\/\/(?!localhost)/);
  });
});

describe('keys', () => {
  test('are published, their public halves only', async () => {
    const { status, body } = await gateway.call('GET', '/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body.keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: w.keys.admissionKey.kid, alg: 'EdDSA', use: 'sig' },
    ]);
  });
});

describe('development tokens', () => {
  const ask = (body: object) => gateway.call('POST', '/v1/dev/tokens', { body });

  test('are taken by every service, with their roles, for a day', async () => {
    const userId = newFan();
    const { status, body } = await ask({ userId, roles: ['admin'] });
    expect(status).toBe(200);
    expect(await w.keys.fanVerifier.verify(body.token)).toEqual({ userId, roles: ['admin'] });
    const { exp, aud, iss } = JSON.parse(String(Buffer.from(body.token.split('.')[1] as string, 'base64url')));
    expect({ aud, iss }).toEqual({ aud: 'stagedoor', iss: w.keys.issuer });
    expect(exp - Date.now() / 1000).toBeGreaterThan(86_000);
  });

  test.each([{}, { userId: '' }, { userId: 'x'.repeat(65) }, { userId: ' fan' }, { userId: 'fan', roles: 'admin' }])(
    'are not given for %j',
    async (body) => {
      expect(await ask(body)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    },
  );

  test('are given with AUTH_MODE=dev only', async () => {
    const strict = await w.replica({ AUTH_MODE: 'jwt' });
    expect((await strict.call('POST', '/v1/dev/tokens', { body: { userId: 'fan' } })).status).toBe(404);
    expect(String((await strict.call('GET', '/')).body)).not.toContain('dev/tokens');
    await strict.close();
  });
});

test('every call of design §6 is documented', async () => {
  const { paths } = (await openApiDocument()) as { paths: Record<string, object> };
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(calls.sort()).toEqual([
    'delete /v1/schedules/{id}/queue/me',
    'get /.well-known/jwks.json',
    'get /v1/admin/waiting-rooms/{scheduleId}',
    'get /v1/schedules/{id}/queue/me',
    'post /v1/dev/tokens',
    'post /v1/schedules/{id}/queue',
    'put /v1/admin/waiting-rooms/{scheduleId}',
  ]);
});
