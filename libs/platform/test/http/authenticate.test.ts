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

const pair = edPair();
const server = buildServer({
  name: 'test',
  logger: createLogger({ name: 'test', level: 'silent', pretty: false }),
  config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000 },
  metrics: createMetrics('test'),
  readiness: {},
  docs: { title: 'Test', description: 'x' },
});
server.register(authenticate(tokenVerifier(fixedKeys({ keys: [pair.jwk] }), 'issuer')));
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
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000 },
    metrics: createMetrics('test'),
    readiness: {},
    docs: null,
  });
  other.register(authenticate({ verify: () => Promise.reject(new TransientError('no keys')) }));
  other.register(async (routes) => {
    routes.get('/me', { onRequest: routes.requireFan }, () => 'x');
  });
  expect((await other.inject({ url: '/me', headers: { authorization: 'Bearer x' } })).statusCode).toBe(503);
  await other.close();
});
