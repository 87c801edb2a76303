import type { FastifyInstance } from 'fastify';

/**
 * Bodies are JSON and nothing else. No body at all is no mistake under that media type, as many clients send the header
 * with every POST: a route that needs a body says so by its schema. `__proto__` and `constructor.prototype` in a body are
 * refused, not dropped in silence.
 */
export function takeJsonOnly(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done); // answers through done
  });
}
