import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';

const echo = createServer((socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
let proxy: FaultProxy;

beforeAll(async () => {
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await faultProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
});
afterAll(async () => {
  await proxy.close();
  echo.close();
});

function client() {
  const socket = connect(proxy.port, '127.0.0.1');
  let heard = '';
  let closed = false;
  socket.on('data', (data) => {
    heard += data.toString();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  return { socket, heard: () => heard, closed: () => closed };
}

test('lets through, freezes, thaws', async () => {
  const { socket, heard } = client();
  socket.write('a');
  await eventually(() => heard() === 'a');
  proxy.freeze();
  socket.write('b');
  const later = client();
  later.socket.write('c');
  await expect(eventually(() => heard() === 'ab' || later.heard() === 'c', 100)).rejects.toThrow();
  proxy.restore();
  await eventually(() => heard() === 'ab' && later.heard() === 'c');
  socket.destroy();
  later.socket.destroy();
});

test('cuts and refuses until it is restored', async () => {
  const before = client();
  before.socket.write('a');
  await eventually(() => before.heard() === 'a');
  proxy.cut();
  await eventually(before.closed);
  const refused = client();
  await eventually(refused.closed);
  proxy.restore();
  const after = client();
  after.socket.write('b');
  await eventually(() => after.heard() === 'b');
  after.socket.destroy();
});
