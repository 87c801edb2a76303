import websocket from '@fastify/websocket';
import { afterEach, expect, test, vi } from 'vitest';
import { buildServer, createLogger, createMetrics, listen } from '../../src/index.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** A server that answers /slow when it is told to. */
async function started(most = 3) {
  const config = { HOST: '127.0.0.1', PORT: 0, HTTP_MAX_IN_FLIGHT: most, FAN_MAX_REQUESTS_PER_SECOND: 0 };
  const metrics = createMetrics('test');
  const logger = createLogger({ name: 'test', level: 'silent', pretty: false });
  const server = buildServer({ name: 'test', logger, config, metrics, readiness: {}, docs: null });
  const { promise: told, resolve: letOn } = Promise.withResolvers<void>();
  await server.register(websocket);
  server.register(async (routes) => {
    routes.get('/slow', () => told.then(() => 'done'));
    routes.get('/quick', () => 'done');
    routes.get('/ws', { websocket: true }, () => {});
  });
  const port = await listen(server, config);
  cleanUp.push(() => server.close());
  const url = `http://127.0.0.1:${port}`;
  const shown = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  return { url, port, letOn, shown, inFlight: () => shown('http_server_active_requests') };
}

test('one more than may be in flight is refused at once, and told when to come again', async () => {
  const { url, letOn, shown, inFlight } = await started();
  const slow = Array.from({ length: 3 }, () => fetch(`${url}/slow`));
  await vi.waitFor(async () => expect(await inFlight()).toBe(3));
  const refused = await fetch(`${url}/quick`);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('content-type')).toContain('application/problem+json');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(await refused.json()).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
  expect((await fetch(`${url}/live`)).status).toBe(200);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect(await shown('http_server_refused_requests_total')).toBe(1);
  letOn();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
  await vi.waitFor(async () => expect((await fetch(`${url}/quick`)).status).toBe(200));
});

test('while some wait long nothing more is taken, however few they are', async () => {
  const { url, letOn } = await started(40);
  const slow = Array.from({ length: 3 }, () => fetch(`${url}/slow`));
  await vi.waitFor(async () => expect((await fetch(`${url}/quick`)).status).toBe(503), { timeout: 10_000 });
  letOn();
  expect((await Promise.all(slow)).map(({ status }) => status)).toEqual([200, 200, 200]);
  await vi.waitFor(async () => expect((await fetch(`${url}/quick`)).status).toBe(200));
});

test('a caller who goes away before the answer makes room', async () => {
  const { url, inFlight } = await started();
  const gone = new AbortController();
  const slow = Array.from({ length: 3 }, () => fetch(`${url}/slow`, { signal: gone.signal }));
  const ended = Promise.allSettled(slow);
  await vi.waitFor(async () => expect(await inFlight()).toBe(3));
  gone.abort();
  await ended;
  await vi.waitFor(async () => expect((await fetch(`${url}/quick`)).status).toBe(200));
  await vi.waitFor(async () => expect(await inFlight()).toBe(0));
});

test('WebSockets that are open take no room', async () => {
  const { url, port, inFlight } = await started();
  const sockets = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      return socket;
    }),
  );
  cleanUp.push(() => sockets.forEach((socket) => void socket.close()));
  expect((await fetch(`${url}/quick`)).status).toBe(200);
  await vi.waitFor(async () => expect(await inFlight()).toBe(0));
});
