import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  buildServer,
  createLogger,
  createMetrics,
  decodeCursor,
  encodeCursor,
  type HttpServer,
  idempotencyKey,
  integerParameter,
  listen,
  OverloadedError,
  optionalIdempotencyKey,
  Problem,
  pageQuery,
  problemResponses,
  type Readiness,
  TransientError,
} from '../../src/index.ts';

const servers: HttpServer[] = [];
afterAll(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function build(
  routes: (server: HttpServer) => void,
  readiness: Readiness = {},
): { server: HttpServer; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    name: 'test',
    level: 'info',
    pretty: false,
    destination: { write: (line) => void lines.push(line) },
  });
  const server = buildServer({
    name: 'test',
    logger,
    config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
    metrics: createMetrics('test'),
    readiness,
    docs: { title: 'Test', description: 'A server for tests' },
  });
  server.register(async (scope) => routes(scope as HttpServer));
  servers.push(server);
  return { server, lines };
}

const failing = (error: () => unknown) =>
  build((server) => {
    server.get('/fails', () => {
      throw error();
    });
  });

describe('errors are problem documents', () => {
  test('a Problem has the status of its code, and what it carries', async () => {
    const { server } = failing(
      () => new Problem('RATE_LIMITED', 'too fast', { retryAfterSeconds: 7, extras: { limit: 3 } }),
    );
    const answer = await server.inject('/fails');
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '7',
    });
    expect(answer.json()).toEqual({
      type: 'urn:stagedoor:problem:rate-limited',
      title: 'Too many requests',
      status: 429,
      code: 'RATE_LIMITED',
      detail: 'too fast',
      limit: 3,
    });
  });

  test.each([
    ['a full queue', () => new OverloadedError('full', 2), '2'],
    ['a database that is away', () => new TransientError('away'), '1'],
    ['a deadlock', () => Object.assign(new Error('Deadlock'), { errno: 1213 }), '1'],
  ])('%s is 503 with Retry-After', async (_what, error, retryAfter) => {
    const answer = await failing(error).server.inject('/fails');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.json()).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('anything else is 500, tells nothing, and is logged', async () => {
    const { server, lines } = failing(() => new Error('the password is hunter2'));
    const answer = await server.inject('/fails');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
    expect(answer.json()).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', status: 500, route: '/fails' });
  });

  test('a storm of failures is a few lines of log', async () => {
    const { server, lines } = failing(() => new Error('no'));
    await Promise.all(Array.from({ length: 300 }, () => server.inject('/fails')));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(60);
  });

  test('unknown paths are 404, unknown methods 405 with Allow', async () => {
    const { server } = build((routes) => {
      routes.get('/things/:id', () => 'x');
      routes.delete('/things/:id', () => 'x');
    });
    expect((await server.inject('/nothing')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const answer = await server.inject({ method: 'PUT', url: '/things/1?x=y' });
    expect(answer.json()).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(answer.headers.allow).toBe('DELETE, GET, HEAD');
    for (const payload of ['{"broken', 'x'.repeat(100_000)]) {
      const headers = { 'content-type': 'application/json' };
      expect((await server.inject({ method: 'POST', url: '/things/1', payload, headers })).statusCode).toBe(405);
      expect((await server.inject({ method: 'POST', url: '/nothing', payload, headers })).statusCode).toBe(404);
    }
    expect((await server.inject({ method: 'QUERY' as 'GET', url: '/things/1' })).statusCode).toBe(405);
    expect((await server.inject('/things/%zz')).json()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });
});

describe('requests are validated', () => {
  const { server } = build((routes) => {
    routes.post(
      '/holds/:id',
      {
        schema: {
          params: z.object({ id: integerParameter }),
          querystring: pageQuery,
          body: z.object({ seatNumber: z.number().int().positive(), tags: z.array(z.string()).default([]) }),
          response: { 201: z.object({ id: z.number(), seatNumber: z.number() }), ...problemResponses('SEAT_TAKEN') },
        },
      },
      async (request, reply) => {
        const more = { id: request.params.id, seatNumber: request.body.seatNumber, secret: 'not in the schema' };
        return reply.code(201).send(more);
      },
    );
  });
  const post = (url: string, payload: unknown, headers = {}) =>
    server.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });

  test('a good one is answered with the documented fields only', async () => {
    const answer = await post('/holds/12', { seatNumber: 3, unknown: true });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ id: 12, seatNumber: 3 });
  });

  test('each mistake is named with its path', async () => {
    const answer = await post('/holds/12?limit=500', { seatNumber: 'x', tags: [1] });
    expect(answer.statusCode).toBe(400);
    const { code, errors } = answer.json();
    expect(code).toBe('VALIDATION_FAILED');
    expect(errors.map((error: { path: string }) => error.path)).toEqual(['body.seatNumber', 'body.tags.0']);
    expect((await post('/holds/12?limit=500', { seatNumber: 1 })).json().errors).toEqual([
      { path: 'query.limit', message: 'must be from 1 to 100' },
    ]);
    for (const id of ['0', '-1', '1e3', '01', '9007199254740993', '٣']) {
      expect((await post(`/holds/${encodeURIComponent(id)}`, { seatNumber: 1 })).json().errors[0].path).toBe(
        'params.id',
      );
    }
  });

  test.each([
    ['no JSON', '{"seatNumber":', {}, 400, 'VALIDATION_FAILED'],
    ['no body', '', {}, 400, 'VALIDATION_FAILED'],
    ['a body that is not an object', 'null', {}, 400, 'VALIDATION_FAILED'],
    ['a poisoned prototype', '{"seatNumber":1,"__proto__":{"admin":true}}', {}, 400, 'VALIDATION_FAILED'],
    ['a poisoned constructor', '{"seatNumber":1,"constructor":{"prototype":{"x":1}}}', {}, 400, 'VALIDATION_FAILED'],
    [
      'JSON under a name that is not its own',
      '{"seatNumber":1}',
      { 'content-type': 'text/plain' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['another media type', '<a/>', { 'content-type': 'text/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['too much', `{"seatNumber":1,"x":"${'x'.repeat(65_536)}"}`, {}, 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s is refused', async (_what, payload, headers, status, code) => {
    const answer = await post('/holds/1', payload, headers);
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.statusCode).toBe(status);
  });
});

test('a route without a body takes a request that only says that it is JSON', async () => {
  const { server } = build((routes) => {
    routes.post('/payment', (request) => ({ body: request.body ?? null }));
  });
  const post = (headers: Record<string, string>) => server.inject({ method: 'POST', url: '/payment', headers });
  expect((await post({})).json()).toEqual({ body: null });
  expect((await post({ 'content-type': 'application/json' })).json()).toEqual({ body: null });
  expect((await post({ 'content-type': 'application/json; charset=utf-8', 'content-length': '0' })).statusCode).toBe(
    200,
  );
});

test('the OpenAPI document names every error answer, without listening', async () => {
  const { server } = build((routes) => {
    routes.post(
      '/v1/reservations/:id/payment',
      {
        schema: {
          summary: 'Pay',
          params: z.object({ id: z.string() }),
          body: z.object({ x: z.number() }),
          response: {
            202: z.object({ id: z.string() }),
            ...problemResponses('HOLD_EXPIRED', 'PAYMENT_ALREADY_REQUESTED'),
          },
        },
      },
      async (_request, reply) => reply.code(202).send({ id: 'x' }),
    );
  });
  await server.ready();
  const document = JSON.parse(JSON.stringify(server.swagger()));
  expect(Object.keys(document.paths)).toEqual(['/v1/reservations/{id}/payment']);
  const { responses } = document.paths['/v1/reservations/{id}/payment'].post;
  expect(Object.keys(responses).sort()).toEqual(['202', '400', '404', '409', '413', '415', '500', '503']);
  expect(responses[409].content['application/problem+json'].schema.properties.code.enum).toEqual([
    'HOLD_EXPIRED',
    'PAYMENT_ALREADY_REQUESTED',
  ]);
  expect((await server.inject('/openapi.json')).json()).toEqual(document);
});

test('numbers in paths and queries are documented as numbers', async () => {
  const { server } = build((routes) => {
    const schema = { params: z.object({ id: integerParameter.describe('Schedule') }), querystring: pageQuery };
    routes.get('/v1/schedules/:id', { schema }, () => 'x');
  });
  await server.ready();
  const { parameters, responses } = JSON.parse(JSON.stringify(server.swagger())).paths['/v1/schedules/{id}'].get;
  expect(parameters).toMatchObject([
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } },
    { name: 'cursor', in: 'query', required: false },
    { name: 'id', in: 'path', description: 'Schedule', schema: { type: 'integer', minimum: 1 } },
  ]);
  expect(JSON.stringify(parameters)).not.toContain('pattern');
  expect(Object.keys(responses)).not.toContain('415');
});

test('the documentation page names its assets relative to itself', async () => {
  const { server } = build(() => {});
  const page = await server.inject('/docs/');
  expect(page.statusCode).toBe(200);
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    expect(asset).toMatch(/^\.\//);
    expect((await server.inject(`/docs/${asset.slice(2)}`)).statusCode).toBe(200);
  }
});

describe('health', () => {
  test('/ready follows what is needed, /live does not', async () => {
    let database = Promise.resolve();
    const { server } = build(() => {}, { database: () => database });
    expect((await server.inject('/ready')).json()).toEqual({ status: 'ready', checks: { database: 'ok' } });
    database = Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7'));
    const answer = await server.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'not ready', checks: { database: 'failed' } });
    expect((await server.inject('/live')).statusCode).toBe(200);
  });

  test('/metrics counts requests by route and status', async () => {
    const { server } = build((routes) => {
      routes.get('/things/:id', () => ({ ok: true }));
    });
    await server.inject('/things/1');
    await server.inject('/things/2');
    await server.inject('/nothing');
    const { body } = await server.inject('/metrics');
    expect(body).toMatch(/http_server_request_duration_seconds_count\{.*route="\/things\/:id",status="200".*\} 2/);
    expect(body).toMatch(/http_server_request_duration_seconds_count\{.*route="unknown",status="404".*\} 1/);
    expect(body).toMatch(/http_server_active_requests\{app="test"\} 0/);
    expect(body).toContain('process_cpu_user_seconds_total');
  });
});

describe('closing', () => {
  test('answers what is in progress, and takes no more', async () => {
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const { server } = build((routes) => {
      routes.get('/slow', async () => {
        started.resolve();
        await release.promise;
        return { done: true };
      });
    });
    const port = await listen(server, { HOST: '127.0.0.1', PORT: 0 });
    const slow = fetch(`http://127.0.0.1:${port}/slow`);
    await started.promise;

    const closed = server.close();
    await vi.waitFor(() =>
      expect(fetch(`http://127.0.0.1:${port}/live`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } }),
    );
    release.resolve();
    const answer = await slow;
    expect(answer.status).toBe(200);
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.json()).toEqual({ done: true });
    await closed;
  });

  test('answers also those whose connection nobody has taken yet, that it is not ready', async () => {
    const { server } = build(() => {});
    const port = await listen(server, { HOST: '127.0.0.1', PORT: 0 });
    const callers = Array.from({ length: 100 }, () => connect(port, '127.0.0.1'));
    await Promise.all(callers.map((caller) => once(caller, 'connect')));
    const answers = callers.map((caller) => {
      caller.write('GET /ready HTTP/1.1\r\nhost: test\r\n\r\n');
      return text(caller);
    });
    await server.close();
    expect((await Promise.all(answers)).filter((answer) => !answer.startsWith('HTTP/1.1 503'))).toEqual([]);
  });
});

describe('headers and cursors', () => {
  const { server } = build((routes) => {
    routes.post('/must', (request) => ({ key: idempotencyKey(request) }));
    routes.post('/may', (request) => ({ key: optionalIdempotencyKey(request) ?? null }));
    routes.get('/list', { schema: { querystring: pageQuery } }, (request) => ({
      limit: request.query.limit,
      after: decodeCursor(request.query.cursor, z.tuple([z.number(), z.string()])) ?? null,
    }));
  });
  const post = (url: string, key?: string) =>
    server.inject({ method: 'POST', url, headers: key === undefined ? {} : { 'idempotency-key': key } });

  test('an idempotency key is required, optional, bounded', async () => {
    expect((await post('/must')).json()).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_REQUIRED' });
    expect((await post('/must', 'k 1')).json()).toEqual({ key: 'k 1' });
    expect((await post('/may')).json()).toEqual({ key: null });
    expect((await post('/must', 'x'.repeat(255))).statusCode).toBe(200);
    for (const bad of ['x'.repeat(256), 'kéy', 'a\tb']) {
      expect((await post('/may', bad)).json()).toMatchObject({ code: 'VALIDATION_FAILED' });
    }
  });

  test('a cursor comes back as it was, and a made-up one is refused', async () => {
    const cursor = encodeCursor([17, 'ü']);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect((await server.inject(`/list?cursor=${cursor}&limit=5`)).json()).toEqual({ limit: 5, after: [17, 'ü'] });
    expect((await server.inject('/list')).json()).toEqual({ limit: 20, after: null });
    for (const bad of ['x', encodeCursor(['17', 'x']), encodeCursor(null), '%00']) {
      const answer = (await server.inject(`/list?cursor=${bad}`)).json();
      expect(answer).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'query.cursor' }] });
    }
  });

  test('a request keeps the name that the edge gave it, if it is one', async () => {
    const named = await server.inject({ url: '/live', headers: { 'x-request-id': 'edge:1234' } });
    expect(named.headers['x-request-id']).toBe('edge:1234');
    const unnamed = await server.inject({ url: '/live', headers: { 'x-request-id': 'x\u0001'.repeat(99) } });
    expect(unnamed.headers['x-request-id']).toMatch(/^test-[0-9a-f]{8}-[0-9a-z]+$/);
  });
});
