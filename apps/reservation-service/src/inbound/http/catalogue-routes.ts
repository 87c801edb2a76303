import { decodeCursor, encodeCursor, type HttpServer, Problem, pageQuery, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import { concertToBody, rankedToBody } from './bodies.ts';
import { concertBody, concertPage, idParams, rankingBody, rankingQuery } from './schemas.ts';
import type { Service } from './service.ts';

/** What everybody may read: concerts and the ranking. */
export function catalogueRoutes(server: HttpServer, { catalogue, rankings }: Service): void {
  server.get(
    '/v1/concerts',
    {
      schema: {
        summary: 'Concerts and their shows',
        description: 'Newest first.',
        tags: ['catalogue'],
        querystring: pageQuery,
        response: { 200: concertPage },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const before = decodeCursor(cursor, z.number().int().positive());
      const concerts = await catalogue.concerts({ limit, before });
      const last = concerts.length === limit ? concerts.at(-1) : undefined;
      return {
        items: concerts.map(concertToBody),
        nextCursor: last === undefined ? null : encodeCursor(last.id),
      };
    },
  );

  server.get(
    '/v1/concerts/:id',
    {
      schema: {
        summary: 'One concert',
        tags: ['catalogue'],
        params: idParams,
        response: { 200: concertBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { id } }) => {
      const concert = await catalogue.concert(id);
      if (concert === null) throw new Problem('NOT_FOUND');
      return concertToBody(concert);
    },
  );

  server.get(
    '/v1/rankings',
    {
      schema: {
        summary: 'Shows by how fast they sold',
        description:
          'Sold-out shows first, by the time from opening to the last seat; then the others by the share that is sold. ' +
          'Shows that have sold nothing, and cancelled ones, are not listed.',
        tags: ['catalogue'],
        querystring: rankingQuery,
        response: { 200: rankingBody },
      },
    },
    async ({ query: { limit } }) => ({ items: (await rankings.top(limit)).map(rankedToBody), nextCursor: null }),
  );
}
