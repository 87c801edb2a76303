import { idSchema } from '@stagedoor/contracts';
import type { HttpServer } from '@stagedoor/platform';
import { z } from 'zod';

const TTL_MS = 24 * 60 * 60 * 1000;

/** `POST /v1/dev/tokens`: a fan's token for anyone who asks. Registered with AUTH_MODE=dev only (design §6). */
export function devTokenRoutes(
  routes: HttpServer,
  sign: (fan: { userId: string; roles?: readonly string[]; ttlMs: number }) => string,
): void {
  routes.post(
    '/v1/dev/tokens',
    {
      schema: {
        tags: ['development'],
        summary: 'A token for any user',
        description: 'Only where AUTH_MODE=dev. Valid for 24 hours.',
        body: z.object({ userId: idSchema, roles: z.array(z.string().min(1).max(64)).max(32).optional() }),
        response: { 200: z.object({ token: z.string() }) },
      },
    },
    async ({ body: { userId, roles } }, reply) =>
      reply
        .header('cache-control', 'no-store')
        .send({ token: sign({ userId, ...(roles && { roles }), ttlMs: TTL_MS }) }),
  );
}
