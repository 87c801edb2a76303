import WebSocket from 'ws';

/** How `GET /v1/ws` with this token is answered: its status, 101 where a socket was opened. */
export function upgrade(edge: string, token: string, how: 'query' | 'subprotocol'): Promise<number> {
  const url = new URL('/v1/ws', edge.replace(/^http/, 'ws'));
  if (how === 'query') url.searchParams.set('token', token);
  const socket = new WebSocket(url, how === 'query' ? [] : ['bearer', token]);
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      socket.terminate();
      resolve(statusCode);
    });
    socket.on('error', reject);
  });
}
