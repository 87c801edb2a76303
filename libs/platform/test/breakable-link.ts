import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP link to a server of the tests that can be cut, silenced and mended. (The testkit has a fuller one, but builds on this lib.) */
export async function breakableLink(
  target: URL,
): Promise<{ url: string; cut(): void; silence(): void; mend(): void; close(): void }> {
  const sockets = new Set<Socket>();
  let refusing = false;
  let silent = false;
  const server = createServer((near) => {
    if (refusing) {
      near.destroy();
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.on('data', (data) => {
        if (!silent) other.write(data);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = (): void => {
    refusing = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.toString(),
    cut,
    silence: () => {
      silent = true;
    },
    mend: () => {
      refusing = false;
      silent = false;
    },
    close: () => {
      cut();
      server.close();
    },
  };
}
