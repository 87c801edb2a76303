import { type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import type { SeatMapSnapshot } from '../../application/seat-map-view.ts';
import type { Schedule } from '../../domain/schedule.ts';
import { idParams, seatDeltaBody, seatMapBody, seatsQuery } from './schemas.ts';
import type { Service } from './service.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The seat map: everybody's most frequent question during an opening. */
export function seatMapRoutes(server: HttpServer, { schedules, seatMaps }: Service): void {
  // The text of a version is made once, however many ask for it.
  const texts = new WeakMap<SeatMapSnapshot, string>();
  const textOf = (map: SeatMapSnapshot, schedule: Schedule): string => {
    const known = texts.get(map);
    if (known !== undefined) return known;
    const { scheduleId, version, seatsTotal, taken } = map;
    const text = JSON.stringify({ scheduleId, version, seatsTotal, sections: schedule.sections, taken });
    texts.set(map, text);
    return text;
  };

  server.get(
    '/v1/schedules/:id/seats',
    {
      schema: {
        summary: 'The seat map',
        description:
          'Seats are numbered from 1 to `seatsTotal` through the sections. `taken` holds what is held, being paid, sold ' +
          'or blocked. With `If-None-Match` an unchanged map is answered 304. With `since`, only what changed after that ' +
          'version; where that is not known any more, the whole map.',
        tags: ['seats'],
        params: idParams,
        querystring: seatsQuery,
        response: {
          200: z.union([seatMapBody, seatDeltaBody]),
          304: z.null().describe('Unchanged'),
          ...problemResponses('NOT_FOUND'),
        },
      },
    },
    async ({ params: { id }, query: { since }, headers }, reply) => {
      const map = since === undefined ? await seatMaps.read(id) : await seatMaps.readSince(id, since);
      const schedule = map === null ? undefined : await schedules.get(id);
      if (map === null || schedule === undefined) throw new Problem('NOT_FOUND');
      reply.header('cache-control', 'no-cache').type(JSON_TYPE);
      // A text goes out as it is: checking 50,000 seats against a schema for every reader would be the whole cost.
      if ('freed' in map) return reply.send(JSON.stringify({ scheduleId: id, ...map }) as never);
      const etag = `"${map.scheduleId}-${map.version}"`;
      reply.header('etag', etag);
      if (since === undefined && matches(headers['if-none-match'], etag)) return reply.code(304).send(null as never);
      return reply.send(textOf(map, schedule) as never);
    },
  );
}

/** RFC 9110 §13.1.2: a list of tags, compared weakly, or `*`. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
