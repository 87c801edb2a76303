import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { APPS } from '../stack/apps.mjs';
import { startStack } from '../stack/index.mjs';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const main = fileURLToPath(new URL('fixtures/app.mjs', import.meta.url));
let stack;
beforeAll(async () => {
  stack = await startStack({
    apps: APPS.map((app) => ({ ...app, main })),
    prepare: false,
    durable: false,
    replicas: { 'reservation-service': 2 },
    profile: 'load',
  });
});
afterAll(() => stack?.stop());

const authorization = `Bearer e.y.${'k'.repeat(43)}`;
const ask = (path, options) => fetch(`${stack.urls.edge}${path}`, { redirect: 'manual', ...options });

describe('routes', () => {
  test.each([
    ['queue-gateway', '/'],
    ['queue-gateway', '/assets/app.js'],
    ['queue-gateway', '/v1/schedules/1/queue'],
    ['queue-gateway', '/v1/schedules/1/queue/me'],
    ['queue-gateway', '/v1/schedules/1/queue/order'],
    ['queue-gateway', '/v1/admin/waiting-rooms/1'],
    ['queue-gateway', '/v1/dev/tokens'],
    ['queue-gateway', '/.well-known/jwks.json'],
    ['reservation-service', '/v1/concerts?limit=3'],
    ['reservation-service', '/v1/concerts/1'],
    ['reservation-service', '/v1/schedules/1/seats?since=4'],
    ['reservation-service', '/v1/reservations'],
    ['reservation-service', '/v1/reservations/r-1/payment'],
    ['reservation-service', '/v1/rankings'],
    ['reservation-service', '/v1/admin/concerts'],
    ['reservation-service', '/v1/admin/schedules/1/seat-blocks'],
    ['reservation-service', '/v1/admin/reservations?userId=fan-1'],
    ['payment-worker', '/v1/wallet'],
    ['payment-worker', '/v1/wallet/charges'],
    ['result-worker', '/v1/admin/dead-letters/1/replay'],
    ['result-worker', '/v1/admin/payments/r-1'],
  ])('%s has %s', async (app, path) => {
    expect(await (await ask(path)).json()).toMatchObject({ app, url: path });
  });

  test.each(APPS.map(({ name }) => name))(
    '%s has its documentation, its OpenAPI document and its health',
    async (app) => {
      const inside = async (path) => (await ask(path)).json();
      expect(await inside(`/docs/${app}/static/index.html`)).toMatchObject({ app, url: '/docs/static/index.html' });
      expect(await inside(`/openapi/${app}.json`)).toMatchObject({ app, url: '/openapi.json' });
      expect(await inside(`/health/${app}`)).toMatchObject({ app, url: '/ready' });
      expect((await ask(`/docs/${app}`)).status).toBe(308);
      expect(await (await ask('/docs')).text()).toContain(`/docs/${app}/`);
    },
  );

  test.each([
    '/metrics',
    '/live',
    '/ready',
    '//metrics',
    '/%6detrics',
    '/docs/../metrics',
    '/v1/nothing',
    '/openapi.json',
  ])('%s does not exist outside', async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'There is no such thing',
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});

describe('requests', () => {
  test('carry an id: the caller’s if it looks like one, else a new one', async () => {
    const given = await ask('/v1/wallet', { headers: { 'x-request-id': 'fan-request-1' } });
    expect(given.headers.get('x-request-id')).toBe('fan-request-1');
    const strange = await ask('/v1/wallet', { headers: { 'x-request-id': 'a b"c' } });
    expect(strange.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect((await ask('/v1/nothing')).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  test('are not larger than any call of the interface', async () => {
    const answer = await ask('/v1/reservations', { method: 'POST', body: 'x'.repeat(66_000) });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  test.each([
    ['a header that is too large', '/v1/wallet', { authorization: `Bearer ${'x'.repeat(8_000)}` }],
    ['headers that are too large', '/v1/wallet', { a: 'x'.repeat(6_000), b: 'x'.repeat(6_000), c: 'x'.repeat(6_000) }],
    ['an address that is too long', `/v1/reservations/${'x'.repeat(20_000)}`, {}],
    ['an address that is none', '/v1/reservations/%00', {}],
  ])('with %s are refused like any other mistake', async (_, path, headers) => {
    const answer = await ask(path, { headers });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(await answer.json()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('by a method that the edge takes for none of its business are refused like any other mistake', async () => {
    const socket = connect(stack.ports.edge, '127.0.0.1');
    socket.write('TRACE /v1/wallet HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 405 /);
    expect(answer).toMatch(/\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ code: 'METHOD_NOT_ALLOWED' });
  });

  test('are upgraded on /v1/ws', async () => {
    const socket = connect(stack.ports.edge, '127.0.0.1');
    socket.write('GET /v1/ws?token=t HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 101 [\s\S]*hello$/);
  });
});

test('without limits, as a load generator wants it, a flood from one address is served', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 1_000 }, async () => (await ask('/v1/wallet', { headers: { authorization } })).status),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
});

describe('replicas', () => {
  const served = async (count, options) => {
    const answers = await Promise.all(Array.from({ length: count }, () => ask('/v1/reservations', options)));
    return Promise.all(answers.map(async (answer) => (answer.ok ? (await answer.json()).pid : answer.status)));
  };

  test('share the requests, and take each other’s when one is down', async () => {
    expect(new Set(await served(20)).size).toBe(2);
    await stack.kill('reservation-service', 'SIGKILL', { staysDown: true });
    // Neither a GET nor a POST is lost: the connection was refused, so nothing was sent yet.
    const alone = [...(await served(20)), ...(await served(20, { method: 'POST' }))];
    expect(new Set(alone)).toEqual(
      new Set([stack.processes().find(({ name }) => name === 'reservation-service-2').pid]),
    );
    await stack.startApp('reservation-service');
  });

  test('can be added while it runs', async () => {
    expect(await stack.addReplica('payment-worker')).toBe(1);
    expect(stack.urls.apps['payment-worker']).toHaveLength(2);
    const pids = new Set();
    for (let index = 0; index < 10; index += 1) pids.add((await (await ask('/v1/wallet')).json()).pid);
    expect(pids.size).toBe(2);
  });

  test('a POST that was sent once is not sent again', async () => {
    const pids = () =>
      stack
        .processes()
        .filter(({ name }) => name.startsWith('reservation-service'))
        .map(({ pid }) => pid);
    const before = pids();
    const crash = await ask('/v1/reservations/r-1/crash', { method: 'POST' });
    expect(crash.status).toBe(503);
    expect(crash.headers.get('retry-after')).toBe('1');
    expect(await crash.json()).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    await vi.waitFor(() => expect(pids().filter((pid) => before.includes(pid))).toHaveLength(1));
    expect((await ask('/v1/reservations')).status).toBe(200);
    // Sent again it would have taken the other replica down, too.
    await vi.waitFor(() => expect(pids()).toHaveLength(2), { timeout: 5_000 });
    expect(pids().filter((pid) => before.includes(pid))).toHaveLength(1);
  });
});
