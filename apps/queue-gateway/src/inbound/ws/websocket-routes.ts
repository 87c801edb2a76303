import websocket, { type WebSocket } from '@fastify/websocket';
import { type Clock, type HttpServer, isTransient, type Logger, Problem } from '@stagedoor/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { QueueMetrics } from '../../application/queue-metrics.ts';
import { type ConnectionBounds, FanConnection } from './fan-connection.ts';
import type { FanSessions } from './fan-sessions.ts';
import { clientMessage } from './messages.ts';

/** Bounds of all connections of this replica. */
export interface WebSocketBounds extends ConnectionBounds {
  maxConnections: number;
  maxConnectionsPerFan: number;
}

// A subscription with its ticket is a tenth of it.
const MAX_PAYLOAD_BYTES = 4_096;
const SUBPROTOCOL = 'bearer';
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** What the WebSocket route is made of. */
export interface WebSocketParts {
  sessions: FanSessions;
  bounds: WebSocketBounds;
  metrics: QueueMetrics;
  clock: Clock;
  logger: Logger;
}

/** `GET /v1/ws`: authenticated before the upgrade, so that a stranger costs one 401 and never a socket. */
export async function webSocketRoutes(routes: HttpServer, parts: WebSocketParts): Promise<void> {
  const { sessions, bounds, metrics } = parts;
  await routes.register(websocket, {
    options: { maxPayload: MAX_PAYLOAD_BYTES, perMessageDeflate: false },
    // The server waits for its connections: they are told to go, and those who do not are cut.
    preClose(done) {
      for (const connection of sessions.hub.all()) connection.close(GOING_AWAY, 'restarting');
      setTimeout(() => {
        for (const connection of sessions.hub.all()) connection.terminate();
      }, CLOSE_TIMEOUT_MS).unref();
      done();
    },
  });

  const identify = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // The connection of a refused upgrade is cut behind the answer: nobody may take it for one that stays.
    reply.header('connection', 'close');
    await routes.identify(request, tokenOf(request));
    if (sessions.hub.countOf(request.identity.userId) >= bounds.maxConnectionsPerFan) {
      throw new Problem('RATE_LIMITED', 'too many connections', { retryAfterSeconds: 5 });
    }
    if (sessions.hub.size >= bounds.maxConnections) {
      throw new Problem('UNAVAILABLE', 'too many connections here', { retryAfterSeconds: 1 });
    }
  };

  routes.get('/v1/ws', { websocket: true, onRequest: identify, schema: { hide: true } }, (socket, request) => {
    // Those who were let through at the same moment did not count for each other.
    if (sessions.hub.countOf(request.identity.userId) >= bounds.maxConnectionsPerFan) {
      socket.close(POLICY_VIOLATION, 'too many connections');
      return;
    }
    serve(socket, request.identity.userId, parts);
    metrics.connections(sessions.hub.size);
  });
}

const CLOSE_TIMEOUT_MS = 3_000;

function serve(socket: WebSocket, userId: string, { sessions, bounds, metrics, clock, logger }: WebSocketParts): void {
  const now = (): number => clock.now().getTime();
  const connection = new FanConnection(socket, userId, bounds, now(), metrics.connectionDropped);
  const report = (error: unknown): void => {
    if (error instanceof Problem) {
      connection.send({ type: 'error', code: error.code, detail: error.detail });
      return;
    }
    connection.send({ type: 'error', code: 'UNAVAILABLE', detail: 'Not available right now' });
    if (!isTransient(error)) logger.error({ err: error }, 'a message of a client failed');
  };
  // Messages of one connection are taken one after another, the first once its news is listened for.
  let turn = sessions.open(connection).catch(report);

  socket.on('message', (data, isBinary) => {
    if (!connection.mayReceive(now())) return;
    const message = isBinary ? null : parsed(data.toString());
    if (message === null) {
      report(new Problem('VALIDATION_FAILED', 'not a message of this interface'));
      return;
    }
    turn = turn.then(() => sessions.subscribe(connection, message)).catch(report);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    sessions.close(connection);
    metrics.connections(sessions.hub.size);
  });
}

function parsed(text: string) {
  try {
    const read = clientMessage.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** `?token=` or `Sec-WebSocket-Protocol: bearer, <token>`, which a browser can send; or the header of other calls. */
function tokenOf(request: FastifyRequest): string {
  const offered = request.headers['sec-websocket-protocol']?.split(',').map((protocol) => protocol.trim());
  if (offered?.[0] === SUBPROTOCOL && offered[1] !== undefined) return offered[1];
  const { token } = request.query as { token?: unknown };
  if (typeof token === 'string' && token !== '') return token;
  const [scheme, bearer] = request.headers.authorization?.split(' ') ?? [];
  if (scheme?.toLowerCase() === 'bearer' && bearer !== undefined) return bearer;
  throw new Problem('UNAUTHENTICATED');
}
