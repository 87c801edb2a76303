import { type HttpServer, integerParameter, Problem, problemResponses } from '@stagedoor/platform';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Endings } from '../../application/endings.ts';
import type { Places } from '../../application/places.ts';
import type { FanOfSchedule } from '../../application/ports.ts';

const ticket = z.string().min(1).max(128).describe('The ticket of an earlier answer');

const params = z.object({ id: integerParameter.describe('Schedule') });

const place = z.object({
  state: z.enum(['WAITING', 'ADMITTED', 'PREQUEUE']).describe('PREQUEUE: the room has not opened yet'),
  position: z.number().int().describe('From 1; 0 once admitted'),
  ahead: z.number().int().describe('How many are in front'),
  etaSeconds: z.number().int().nullable().describe('Until the place is called; null while the room is paused'),
  ticket: z.string().describe('Proves the place: show it when asking again'),
  pollAfterMs: z.number().int().describe('When to ask again'),
  message: z.string().optional().describe("The operator's word to those who wait"),
  admissionToken: z.string().optional().describe('For X-Admission-Token; the same at each ask'),
  admissionExpiresAt: z.iso.datetime().optional(),
});

/** Joining a waiting room, asking for one's place in it, and leaving (design §6). */
export function queueRoutes(routes: HttpServer, { places, endings }: { places: Places; endings: Endings }): void {
  const path = '/v1/schedules/:id/queue';
  const tags = ['waiting room'];

  routes.post(
    path,
    {
      onRequest: routes.requireFan,
      schema: {
        tags,
        summary: 'Join the waiting room',
        description: 'Joining twice gives the same place. A ticket gives its place back, until it has admitted.',
        params,
        body: z.object({ ticket: ticket.nullish() }).nullish(),
        response: {
          200: place.describe('Was there before'),
          201: place.describe('Joined'),
          ...problemResponses('QUEUE_CLOSED', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const { isNew, answer } = await places.join(fanOf(request, request.params.id), request.body?.ticket ?? undefined);
      return reply.code(isNew ? 201 : 200).send(answer);
    },
  );

  routes.get(
    `${path}/me`,
    {
      onRequest: routes.requireFan,
      schema: {
        tags,
        summary: "One's place in the waiting room",
        description: 'With the ticket (as a header or in the query) it is answered without asking anybody.',
        params,
        headers: z.object({ 'x-queue-ticket': ticket.optional() }),
        querystring: z.object({ ticket: ticket.optional() }),
        response: { 200: place, ...problemResponses('NOT_IN_QUEUE', 'QUEUE_CLOSED', 'UNAVAILABLE') },
      },
    },
    async (request) =>
      places.find(fanOf(request, request.params.id), request.headers['x-queue-ticket'] ?? request.query.ticket),
  );

  routes.delete(
    `${path}/me`,
    {
      onRequest: routes.requireFan,
      schema: {
        tags,
        summary: 'Leave the waiting room',
        description: 'From the line or from inside. The ticket is void; joining again begins at the end.',
        params,
        response: { 204: z.null(), ...problemResponses('NOT_IN_QUEUE', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => {
      await endings.leave(fanOf(request, request.params.id));
      return reply.code(204).send(null);
    },
  );
}

function fanOf(request: FastifyRequest, scheduleId: number): FanOfSchedule {
  if (request.identity === null) throw new Problem('UNAUTHENTICATED');
  return { scheduleId, userId: request.identity.userId };
}
