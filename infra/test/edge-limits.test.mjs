import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { APPS } from '../stack/apps.mjs';
import { startStack } from '../stack/index.mjs';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const main = fileURLToPath(new URL('fixtures/app.mjs', import.meta.url));
const limits = { requestsPerSecond: 50, tokenRequestsPerSecond: 5, requestsInProgress: 3, webSockets: 2 };

let stack;
beforeAll(async () => {
  stack = await startStack({ apps: APPS.map((app) => ({ ...app, main })), prepare: false, durable: false, limits });
});
afterAll(() => stack?.stop());

const bearer = (signature) => ({ authorization: `Bearer head.claims.${signature.repeat(43).slice(0, 43)}` });
const ask = (path = '/v1/wallet', headers = {}) => fetch(`${stack.urls.edge}${path}`, { headers });

/** One after another, so that no more than one is in progress; the statuses. */
async function flood(count, path, headers) {
  const statuses = [];
  for (let each = 0; each < count; each += 1) statuses.push((await ask(path, headers)).status);
  return statuses;
}

/** What was used up comes back with the time. */
const untilServed = (path, headers) =>
  vi.waitFor(async () => expect((await ask(path, headers)).status).toBe(200), 10_000);

const sockets = [];
/** A connection that has sent this much, and stays. */
async function open(text) {
  const socket = connect(stack.ports.edge, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
const closeAll = () => {
  for (const socket of sockets.splice(0)) socket.destroy();
};

describe('too many requests are answered 429 with Retry-After', () => {
  test('of one token, from however many addresses they come; another’s is not counted with it', async () => {
    const statuses = await flood(20, '/v1/wallet', bearer('a'));
    expect(statuses.slice(0, 11)).toEqual(Array(11).fill(200));
    expect(statuses).toContain(429);
    const refused = await ask('/v1/wallet', bearer('a'));
    expect({ status: refused.status, retryAfter: refused.headers.get('retry-after') }).toEqual({
      status: 429,
      retryAfter: '1',
    });
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
    expect(await flood(5, '/v1/wallet', bearer('b'))).toEqual(Array(5).fill(200));
    await untilServed('/v1/wallet', bearer('a'));
  });

  test('of one address, with whatever tokens', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 400 }, async (_, each) => (await ask('/v1/concerts', bearer(`${each}-`))).status),
    );
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
    await untilServed();
  });
});

test('requests that one address sends slowly are few, and end', async () => {
  const slowly = () =>
    open('POST /v1/reservations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await Promise.all(Array.from({ length: limits.requestsInProgress }, slowly));
  await vi.waitFor(async () => expect((await ask()).status).toBe(429), 10_000);
  closeAll();
  await untilServed();
  // Whoever never comes to the end of the headers holds a connection for ten seconds, and no request.
  const silent = await open('GET /v1/wallet HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  const cut = new Promise((resolve) => silent.on('close', resolve));
  expect((await ask()).status).toBe(200);
  await cut;
});

test('WebSockets of one address are few', async () => {
  const upgrade = 'GET /v1/ws?token=stay HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const answerTo = async () => String((await once(await open(upgrade), 'data'))[0]);
  await untilServed();
  for (let each = 0; each < limits.webSockets; each += 1) expect(await answerTo()).toMatch(/^HTTP\/1\.1 101 /);
  expect(await answerTo()).toMatch(/^HTTP\/1\.1 429 /);
  closeAll();
  await vi.waitFor(async () => expect(await answerTo()).toMatch(/^HTTP\/1\.1 101 /), 10_000);
  closeAll();
});

test('what a query may hold of tokens and tickets stands in no log, whatever fails', async () => {
  const asSecret = (path) => `${path}${path.includes('?') ? '&' : '?'}token=SECRET-TOKEN&ticket=SECRET-TICKET`;
  const paths = ['/v1/ws', '/v1/schedules/1/queue/me', '/v1/schedules/1/queue'];
  for (const path of paths) await flood(30, asSecret(path), bearer('c'));
  await stack.stopApp('queue-gateway');
  await stack.stopApp('payment-worker');
  await vi.waitFor(async () => expect((await ask('/v1/wallet?seen=yes')).status).toBe(503), 10_000);
  for (const path of paths) {
    await vi.waitFor(async () => expect((await ask(asSecret(path))).status).toBe(503), 10_000);
  }
  const log = () => readFileSync(stack.logFile('edge'), 'utf8');
  await vi.waitFor(() => expect(log()).toContain('/v1/wallet?seen=yes'));
  expect(log()).not.toMatch(/SECRET/);
});
