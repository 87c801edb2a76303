import type {
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
  preHandlerHookHandler,
  RouteOptions,
} from 'fastify';
import type { Identity, TokenVerifier } from '../auth/fan-tokens.ts';
import { Problem } from '../errors/errors.ts';
import { type FanRateLimitConfig, fanRateLimit } from './fan-rate-limit.ts';

/** Runs before a route's handler; usable as onRequest, which refuses before the body is read, and as preHandler. */
export type Guard = onRequestHookHandler & preHandlerHookHandler;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it; only behind requireFan or requireRole. */
    identity: Identity;
  }
  interface FastifyInstance {
    /** Notes who sent a request, by their token: 401 if it is not good, 429 for a fan who calls too often. */
    identify(request: FastifyRequest, token: string): Promise<void>;
    /** Lets a request with a fan's token pass, else 401. */
    requireFan: Guard;
    /** Lets a fan with this role pass, else 401 or 403. */
    requireRole(role: string): Guard;
  }
}

const fanGuards = new WeakSet<object>();
const roleGuards = new WeakSet<object>();

/** Plugin that gives the server its guards. */
export function authenticate(verifier: TokenVerifier, config: FanRateLimitConfig): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (server) => {
    const limit = await fanRateLimit(server, config);
    const identify = async (request: FastifyRequest, token: string): Promise<void> => {
      request.identity = await verifier.verify(token);
      await limit?.(request);
    };
    const requireFan: Guard = async (request: FastifyRequest, reply: FastifyReply) => {
      keepPrivate(reply);
      await identify(request, bearerToken(request));
    };
    fanGuards.add(requireFan);
    const requireRole = (role: string): Guard => {
      const guard: Guard = async (request: FastifyRequest, reply: FastifyReply) => {
        keepPrivate(reply);
        await identify(request, bearerToken(request));
        if (!request.identity.roles.includes(role)) throw new Problem('FORBIDDEN');
      };
      fanGuards.add(guard);
      roleGuards.add(guard);
      return guard;
    };
    server.decorateRequest('identity', null as never);
    server.decorate('identify', identify);
    server.decorate('requireFan', requireFan);
    server.decorate('requireRole', requireRole);
  };
  // Fastify keeps a plugin's decorations to itself otherwise.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

/** Which guards stand before a route, for its documentation. */
export function guardsOf(route: Pick<RouteOptions, 'onRequest' | 'preHandler'>): { fan: boolean; role: boolean } {
  const hooks = [route.onRequest, route.preHandler].flat().filter((hook) => hook !== undefined);
  return { fan: hooks.some((hook) => fanGuards.has(hook)), role: hooks.some((hook) => roleGuards.has(hook)) };
}

/** What is answered to one fan is kept by no cache for the next who uses the browser. */
function keepPrivate(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store');
}

/** @throws Problem UNAUTHENTICATED */
function bearerToken(request: FastifyRequest): string {
  const header = request.raw.headers.authorization;
  // The scheme's name is case-insensitive (RFC 9110 §11.1).
  if (header === undefined || header.length <= 7 || header.slice(0, 7).toLowerCase() !== 'bearer ') {
    throw new Problem('UNAUTHENTICATED');
  }
  return header.slice(7).trim();
}
