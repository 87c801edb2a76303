import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  authenticate,
  buildServer,
  createLogger,
  createMetrics,
  fixedKeys,
  TransientError,
  tokenVerifier,
} from '../../src/index.ts';
import { edPair, fanClaims, token } from '../auth/tokens.ts';

const unlimited = { FAN_MAX_REQUESTS_PER_SECOND: 0 };
const pair = edPair();
const server = buildServer({
  name: 'test',
  logger: createLogger({ name: 'test', level: 'silent', pretty: false }),
  config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
  metrics: createMetrics('test'),
  readiness: {},
  docs: { title: 'Test', description: 'x' },
});
server.register(authenticate(tokenVerifier(fixedKeys({ keys: [pair.jwk] }), 'issuer'), unlimited));
server.register(async (routes) => {
  routes.get('/me', { onRequest: routes.requireFan, schema: { summary: 'me' } }, (request) => request.identity);
  routes.get(
    '/admin',
    { preHandler: routes.requireRole('admin'), schema: { summary: 'x' } },
    (request) => request.identity,
  );
  routes.get('/open', { schema: { response: { 200: z.object({ ok: z.boolean() }) } } }, () => ({ ok: true }));
  routes.post('/me', { onRequest: routes.requireFan }, () => 'never parsed');
});
afterAll(() => server.close());

const get = (url: string, authorization?: string) =>
  server.inject({ url, headers: authorization === undefined ? {} : { authorization } });

describe('guards', () => {
  test('let in who shows a token, by any writing of the scheme', async () => {
    const text = token(pair, fanClaims());
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      expect((await get('/me', `${scheme} ${text}`)).json()).toEqual({ userId: 'fan-1', roles: [] });
    }
  });

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic Zm9vOmJhcg==', 'Bearer x.y.z'])(
    'answer 401 to %j',
    async (header) => {
      const answer = await get('/me', header);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );

  test('tell a role from none', async () => {
    expect((await get('/admin')).statusCode).toBe(401);
    expect((await get('/admin', `Bearer ${token(pair, fanClaims({ roles: ['funding'] }))}`)).json()).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect((await get('/admin', `Bearer ${token(pair, fanClaims({ roles: ['admin'] }))}`)).statusCode).toBe(200);
  });

  test('stand before the body is read', async () => {
    const answer = await server.inject({
      method: 'POST',
      url: '/me',
      payload: '{"broken',
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.statusCode).toBe(401);
  });

  test('are documented', async () => {
    await server.ready();
    const { paths } = server.swagger() as unknown as {
      paths: Record<string, { get: { security?: object[]; responses: object } }>;
    };
    expect(paths['/me']?.get.security).toEqual([{ fan: [] }]);
    expect(Object.keys(paths['/me']?.get.responses ?? {})).toContain('401');
    expect(Object.keys(paths['/me']?.get.responses ?? {})).not.toContain('403');
    expect(Object.keys(paths['/admin']?.get.responses ?? {})).toEqual(expect.arrayContaining(['401', '403']));
    expect(paths['/open']?.get.security).toBeUndefined();
  });
});

test('while no keys can be had, the answer is 503 and not 401', async () => {
  const other = buildServer({
    name: 'test',
    logger: createLogger({ name: 'test', level: 'silent', pretty: false }),
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    metrics: createMetrics('test'),
    readiness: {},
    docs: null,
  });
  other.register(authenticate({ verify: () => Promise.reject(new TransientError('no keys')) }, unlimited));
  other.register(async (routes) => {
    routes.get('/me', { onRequest: routes.requireFan }, () => 'x');
  });
  expect((await other.inject({ url: '/me', headers: { authorization: 'Bearer x' } })).statusCode).toBe(503);
  await other.close();
});

describe('a fan who calls too often', () => {
  const limited = buildServer({
    name: 'test',
    logger: createLogger({ name: 'test', level: 'silent', pretty: false }),
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    metrics: createMetrics('test'),
    readiness: {},
    docs: { title: 'Test', description: 'x' },
  });
  limited.register(
    authenticate(tokenVerifier(fixedKeys({ keys: [pair.jwk] }), 'issuer'), { FAN_MAX_REQUESTS_PER_SECOND: 2 }),
  );
  limited.register(async (routes) => {
    routes.get('/me', { onRequest: routes.requireFan, schema: { summary: 'me' } }, (request) => request.identity);
    routes.get('/admin', { onRequest: routes.requireRole('admin') }, () => 'x');
    routes.get('/open', () => 'x');
  });
  afterAll(() => limited.close());

  const statuses = async (url: string, claims: object, times: number): Promise<number[]> => {
    const answers: number[] = [];
    for (let jti = 0; jti < times; jti++) {
      const authorization = `Bearer ${token(pair, fanClaims({ ...claims, jti }))}`;
      answers.push((await limited.inject({ url, headers: { authorization } })).statusCode);
    }
    return answers;
  };

  test('is answered 429 with Retry-After, whichever of their tokens they show, and others are not', async () => {
    expect(await statuses('/me', { sub: 'eager' }, 25)).toEqual([...Array(20).fill(200), ...Array(5).fill(429)]);
    const refused = await limited.inject({
      url: '/me',
      headers: { authorization: `Bearer ${token(pair, fanClaims({ sub: 'eager' }))}` },
    });
    expect(refused.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(10);
    expect(await statuses('/me', { sub: 'calm' }, 1)).toEqual([200]);
  });

  test('is counted where the role is missing as well', async () => {
    expect(await statuses('/admin', { sub: 'climber' }, 21)).toEqual([...Array(20).fill(403), 429]);
  });

  test.each(['admin', 'funding'])('is not one who acts for others by the role %s', async (role) => {
    expect(new Set(await statuses('/me', { sub: role, roles: [role] }, 30))).toEqual(new Set([200]));
  });

  test('is documented, where there is a fan', async () => {
    await limited.ready();
    const { paths } = limited.swagger() as unknown as { paths: Record<string, { get: { responses: object } }> };
    expect(Object.keys(paths['/me']?.get.responses ?? {})).toContain('429');
    expect((await limited.inject('/open')).statusCode).toBe(200);
  });
});

test('what is answered to a fan is kept by no cache', async () => {
  expect((await get('/me', `Bearer ${token(pair, fanClaims())}`)).headers['cache-control']).toBe('no-store');
  expect((await get('/me')).headers['cache-control']).toBe('no-store');
  expect((await get('/open')).headers['cache-control']).toBeUndefined();
});
