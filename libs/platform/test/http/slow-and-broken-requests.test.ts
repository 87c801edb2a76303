import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildServer, createLogger, createMetrics, listen } from '../../src/index.ts';

const server = buildServer({
  name: 'test',
  logger: createLogger({ name: 'test', level: 'silent', pretty: false }),
  config: { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: 1_000, FAN_MAX_REQUESTS_PER_SECOND: 0 },
  metrics: createMetrics('test'),
  readiness: {},
  docs: { title: 'Test', description: 'x' },
});
server.register(async (routes) => {
  routes.post('/things', () => 'x');
});
let port: number;
beforeAll(async () => {
  port = await listen(server, { HOST: '127.0.0.1', PORT: 0 });
});
afterAll(() => server.close());

/** Sends bytes over a connection of its own; everything that comes back until the server ends it. */
async function send(...parts: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  const ended = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
  for (const part of parts) socket.write(part);
  await ended;
  return answer;
}

/** Goes on sending a byte now and then, for as long as it is let. */
function drip(socket: Socket): () => void {
  const timer = setInterval(() => socket.write('x'), 300);
  return () => clearInterval(timer);
}

const status = (answer: string): number => Number(answer.split(' ', 2)[1]);
const problem = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('what is no HTTP is answered with a problem, and the connection ended', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n'],
    ['two lengths', 'POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx'],
    [
      'a length and chunks',
      'POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a line break in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n'],
  ])('%s', async (_what, text) => {
    const answer = await send(text);
    expect(status(answer)).toBe(400);
    expect(problem(answer)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('headers that are too large', async () => {
    const answer = await send(`GET /live HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(problem(answer)).toMatchObject({ status: 400, detail: 'the headers are too large' });
  });
});

describe.concurrent('a request that comes too slowly is ended after ten seconds', () => {
  test.each([
    ['in its headers', 'POST /things HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    [
      'in its body',
      'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"',
    ],
  ])('%s, though a byte comes all the time', { timeout: 60_000 }, async (_what, beginning) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.write(beginning);
    const stop = drip(socket);
    await new Promise<void>((resolve) => socket.on('close', () => resolve()));
    stop();
    expect(problem(answer)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
  });
});

test('every answer says that its type is not to be guessed; the documentation page may be framed by nobody', async () => {
  for (const url of ['/live', '/nothing', '/docs/']) {
    expect((await server.inject(url)).headers['x-content-type-options']).toBe('nosniff');
  }
  const page = await server.inject('/docs/');
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(page.headers['content-security-policy']).not.toContain('unsafe-eval');
});

test('nobody is told that another site’s page may read an answer: the web client comes from the same edge', async () => {
  const origin = 'https://evil.example';
  const asked = await server.inject({
    method: 'OPTIONS',
    url: '/things',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  expect(asked.statusCode).toBe(405);
  for (const answer of [asked, await server.inject({ url: '/live', headers: { origin } })]) {
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  }
});
