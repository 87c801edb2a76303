import {
  authenticate,
  buildServer,
  type HttpServer,
  type Logger,
  type Metrics,
  type Readiness,
  type ServerConfig,
  type TokenVerifier,
} from '@stagedoor/platform';
import type { Endings } from '../../application/endings.ts';
import type { Places } from '../../application/places.ts';
import type { WaitingRooms } from '../../application/waiting-rooms.ts';
import { type WebSocketParts, webSocketRoutes } from '../ws/websocket-routes.ts';
import { devTokenRoutes } from './dev-tokens.ts';
import { indexRoutes } from './index-page.ts';
import { keyRoutes } from './keys.ts';
import { queueRoutes } from './queue.ts';
import { waitingRoomRoutes } from './waiting-rooms.ts';

/** What the app's HTTP interface is made of. */
export interface AppServerParts {
  config: ServerConfig;
  logger: Logger;
  metrics: Metrics;
  readiness: Readiness;
  verifier: TokenVerifier;
  places: Places;
  endings: Endings;
  rooms: WaitingRooms;
  webSockets: WebSocketParts;
  publicKeys: { keys: Record<string, unknown>[] };
  /** Null where tokens are not given out to anyone. */
  devTokens: ((fan: { userId: string; roles?: readonly string[]; ttlMs: number }) => string) | null;
}

const DESCRIPTION = `Waiting rooms: join, see one's place, be admitted, leave; and the WebSocket \`GET /v1/ws\` that
tells a fan about their place, their admission and their reservations (\`?token=\`, or \`Sec-WebSocket-Protocol: bearer,
<token>\`). A client subscribes by \`{"type": "subscribe", "scheduleId", "ticket"?, "lastSeq"?}\`.`;

/** The app's server with all its routes. */
export function appServer(parts: AppServerParts): HttpServer {
  const server = buildServer({
    name: 'queue-gateway',
    logger: parts.logger,
    config: parts.config,
    metrics: parts.metrics,
    readiness: parts.readiness,
    docs: { title: 'Stagedoor waiting rooms', description: DESCRIPTION },
  });
  server.register(authenticate(parts.verifier, parts.config));
  server.register(async (scope) => {
    const routes = scope as unknown as HttpServer;
    indexRoutes(routes, { isDev: parts.devTokens !== null });
    keyRoutes(routes, parts.publicKeys);
    queueRoutes(routes, parts);
    waitingRoomRoutes(routes, parts.rooms);
    if (parts.devTokens !== null) devTokenRoutes(routes, parts.devTokens);
    await webSocketRoutes(routes, parts.webSockets);
  });
  return server;
}
