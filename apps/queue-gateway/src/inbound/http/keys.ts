import type { HttpServer } from '@stagedoor/platform';
import { z } from 'zod';

/** `/.well-known/jwks.json`: the public keys of admission tokens, for others than the reservation service. */
export function keyRoutes(routes: HttpServer, publicKeys: { keys: Record<string, unknown>[] }): void {
  routes.get(
    '/.well-known/jwks.json',
    {
      schema: {
        tags: ['keys'],
        summary: 'Public keys of admission tokens',
        response: { 200: z.object({ keys: z.array(z.looseObject({})) }) },
      },
    },
    async (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(publicKeys),
  );
}
