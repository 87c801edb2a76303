import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { ProblemCode } from '@stagedoor/contracts';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { guardsOf } from './authenticate.ts';
import { withProblems } from './problem-responses.ts';

/** What the OpenAPI document says of the app as a whole. */
export interface Documentation {
  title: string;
  description: string;
}

/**
 * Serves `/openapi.json` and `/docs`. The same document comes from `server.swagger()` once `server.ready()` has
 * resolved, without listening. Routes are registered within `server.register(…)`, after this has loaded.
 */
export function serveDocumentation(server: FastifyInstance, { title, description }: Documentation): void {
  server.addHook('onRoute', documentProblems);
  server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version: '1', license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          fan: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A fan's token (aud stagedoor)" },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  // Assets and document are named relative to the page, so it also works behind the edge's /docs/<app>/.
  server.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { docExpansion: 'list' },
    // Without upgrade-insecure-requests, which would keep the page from working where there is no TLS.
    staticCSP: {
      'default-src': ["'self'"],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
      'img-src': ["'self'", 'data:'],
      'object-src': ["'none'"],
      // The page's own program writes styles into its elements.
      'style-src': ["'self'", "'unsafe-inline'"],
    },
  });
  server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());
}

/** Adds to a route's documented answers those that any route can give, and what its guards can answer. */
function documentProblems(route: RouteOptions): void {
  const schema = route.schema as ({ hide?: boolean } & NonNullable<RouteOptions['schema']>) | undefined;
  // Fastify adds a HEAD route beside each GET, over the same schema.
  if (schema === undefined || schema.hide === true || route.method === 'HEAD') return;
  const codes: ProblemCode[] = ['VALIDATION_FAILED', 'INTERNAL_ERROR', 'UNAVAILABLE'];
  // A path that names something names it in vain when it is not there.
  if (route.url.includes(':')) codes.push('NOT_FOUND');
  // A body is read wherever one may come, also where none is expected.
  if (![route.method].flat().includes('GET')) codes.push('PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  const guards = guardsOf(route);
  if (guards.fan) {
    codes.push('UNAUTHENTICATED', 'RATE_LIMITED');
    schema.security ??= [{ fan: [] }];
  }
  if (guards.role) codes.push('FORBIDDEN');
  schema.response = withProblems((schema.response ?? {}) as Record<string, unknown>, codes);
}
