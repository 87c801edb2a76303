import { type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import type { BlockVerdict } from '../../application/block-seats.ts';
import { cancellationToBody, publishedToBody, scheduleToBody } from './bodies.ts';
import {
  adminScheduleBody,
  blockBody,
  blockRequest,
  cancellationBody,
  concertBody,
  concertRequest,
  idParams,
  reasonRequest,
  schedulePatch,
} from './schemas.ts';
import type { Service } from './service.ts';

/** Bounds of what an operator may ask for at once. */
export interface AdminLimits {
  scheduleMaxSeats: number;
  blockMaxSeats: number;
}

/** What operators do with concerts, shows and house seats; all of it is in the audit log. */
export function adminRoutes(
  server: HttpServer,
  { operations, cancelledShows }: Service,
  { scheduleMaxSeats, blockMaxSeats }: AdminLimits,
): void {
  const onRequest = server.requireRole('admin');
  const tags = ['admin'];

  server.post(
    '/v1/admin/concerts',
    {
      onRequest,
      schema: {
        summary: 'Put a concert on sale',
        description: 'Seats of a show are numbered through its sections, in their order, from 1.',
        tags,
        body: concertRequest(scheduleMaxSeats),
        response: { 201: concertBody },
      },
    },
    async ({ body, identity: { userId } }, reply) => {
      const { concertId, schedules } = await operations.publishConcert(body, userId);
      return reply.code(201).send(publishedToBody(body, concertId, schedules));
    },
  );

  server.patch(
    '/v1/admin/schedules/:id',
    {
      onRequest,
      schema: {
        summary: 'Change the terms of a show',
        description:
          'What is left out stays; null takes an end away. From the answer on, nothing is held on the old terms: no holds ' +
          'before `opensAt` or after `salesEndAt`, no cancelling by fans after `cancellableUntil`.',
        tags,
        params: idParams,
        body: schedulePatch,
        response: { 200: adminScheduleBody, ...problemResponses('NOT_FOUND', 'SALES_CLOSED') },
      },
    },
    async ({ params: { id }, body, identity: { userId } }) => {
      const verdict = await operations.changeSchedule({ scheduleId: id, patch: body, actor: userId });
      if (verdict.kind === 'changed') return scheduleToBody(verdict.schedule);
      if (verdict.reason === 'NOT_FOUND') throw new Problem('NOT_FOUND');
      if (verdict.reason === 'CANCELLED') throw new Problem('SALES_CLOSED', 'The show was cancelled');
      const message = 'must be before startsAt';
      throw new Problem('VALIDATION_FAILED', `body.opensAt: ${message}`, {
        extras: { errors: [{ path: 'body.opensAt', message }] },
      });
    },
  );

  server.post(
    '/v1/admin/schedules/:id/cancellation',
    {
      onRequest,
      schema: {
        summary: 'Cancel a show',
        description:
          'From the answer on nobody can hold a seat of it. Holds end, confirmed reservations are cancelled and refunded ' +
          'in the background; payments that are pending follow once they are decided.',
        tags,
        params: idParams,
        body: reasonRequest,
        response: { 202: adminScheduleBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { id }, body: { reason }, identity: { userId } }, reply) => {
      const schedule = await operations.cancelSchedule({ scheduleId: id, reason, actor: userId });
      if (schedule === null) throw new Problem('NOT_FOUND');
      return reply.code(202).send(scheduleToBody(schedule));
    },
  );

  server.get(
    '/v1/admin/schedules/:id/cancellation',
    {
      onRequest,
      schema: {
        summary: 'How far the ending of a cancelled show has come',
        description: '404 where there is no such show, or it was not cancelled.',
        tags,
        params: idParams,
        response: { 200: cancellationBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { id } }) => {
      const progress = await cancelledShows.progress(id);
      if (progress === null) throw new Problem('NOT_FOUND');
      return cancellationToBody(id, progress);
    },
  );

  const blocks = {
    onRequest,
    schema: {
      tags,
      params: idParams,
      body: blockRequest(blockMaxSeats),
      response: { 200: blockBody, ...problemResponses('NOT_FOUND', 'SEAT_NOT_FOUND', 'SEAT_TAKEN') },
    },
  };

  server.post(
    '/v1/admin/schedules/:id/seat-blocks',
    {
      ...blocks,
      schema: {
        ...blocks.schema,
        summary: 'Take house seats off the sale',
        description: 'All of the range or none: a seat that a fan has is 409, with `taken`. Blocked before is fine.',
      },
    },
    async ({ params: { id }, body, identity: { userId } }) =>
      blocked(id, await operations.blockSeats({ ...body, scheduleId: id, actor: userId })),
  );

  server.delete(
    '/v1/admin/schedules/:id/seat-blocks',
    {
      ...blocks,
      schema: {
        ...blocks.schema,
        summary: 'Put house seats on sale',
        description: 'Seats of the range that are not blocked are left as they are.',
      },
    },
    async ({ params: { id }, body, identity: { userId } }) =>
      blocked(id, await operations.unblockSeats({ ...body, scheduleId: id, actor: userId })),
  );
}

function blocked(scheduleId: number, verdict: BlockVerdict) {
  if (verdict.kind === 'rejected') throw new Problem(verdict.reason);
  if (verdict.kind === 'taken') throw new Problem('SEAT_TAKEN', undefined, { extras: { taken: verdict.seats } });
  return { scheduleId, seats: verdict.seats.map(([from, to]): [number, number] => [from, to]) };
}
