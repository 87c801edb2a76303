import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ApiClient } from './api-client.ts';

test('a call that waits, and one that would be tried again, end when the client is closed', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(503).end('null');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const api = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ended = Promise.allSettled(['/silent', '/away'].map((path) => api.insist('look', { method: 'GET', path })));
  await once(server, 'request');
  await api.close();
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
