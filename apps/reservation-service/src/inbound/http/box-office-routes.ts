import { decodeCursor, encodeCursor, type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import type { PageOf } from '../../application/queries.ts';
import type { Reservation } from '../../domain/reservation.ts';
import { boxOfficeToBody } from './bodies.ts';
import { cancelled, reservationCursor } from './reservation-routes.ts';
import { boxOfficePage, boxOfficeQuery, boxOfficeReservation, reasonRequest, reservationParams } from './schemas.ts';
import type { Service } from './service.ts';

/** The box office finds a purchase, and cancels it for a fan. */
export function boxOfficeRoutes(server: HttpServer, { clock, reservations, cancellations }: Service): void {
  const onRequest = server.requireRole('admin');
  const tags = ['box office'];

  const search = async (
    {
      userId,
      scheduleId,
      seatNumber,
    }: { userId?: string | undefined; scheduleId?: number | undefined; seatNumber?: number | undefined },
    page: PageOf<string>,
  ): Promise<Reservation[]> => {
    if (userId !== undefined && scheduleId === undefined && seatNumber === undefined) {
      return reservations.ofFan(userId, page);
    }
    if (userId === undefined && scheduleId !== undefined && seatNumber !== undefined) {
      return reservations.ofSeat({ scheduleId, seatNumber }, page);
    }
    const message = 'must name either userId, or scheduleId and seatNumber';
    throw new Problem('VALIDATION_FAILED', `query: ${message}`, { extras: { errors: [{ path: 'query', message }] } });
  };

  server.get(
    '/v1/admin/reservations',
    {
      onRequest,
      schema: {
        summary: 'Reservations of a fan, or of a seat',
        description: 'Newest first. By `userId`, or by `scheduleId` and `seatNumber`.',
        tags,
        querystring: boxOfficeQuery,
        response: { 200: boxOfficePage },
      },
    },
    async ({ query: { limit, cursor, ...wanted } }) => {
      const page = await search(wanted, { limit, before: decodeCursor(cursor, reservationCursor) });
      const last = page.length === limit ? page.at(-1) : undefined;
      return {
        items: page.map((reservation) => boxOfficeToBody(reservation, clock.now())),
        nextCursor: last === undefined ? null : encodeCursor(last.id),
      };
    },
  );

  server.post(
    '/v1/admin/reservations/:id/cancellation',
    {
      onRequest,
      schema: {
        summary: 'Cancel a reservation for a fan',
        description: "As the fan's own cancellation, but also after `cancellableUntil`; in the audit log.",
        tags,
        params: reservationParams,
        body: reasonRequest,
        response: {
          200: boxOfficeReservation,
          202: boxOfficeReservation,
          ...problemResponses('NOT_FOUND', 'PAYMENT_IN_PROGRESS', 'NOT_CANCELLABLE'),
        },
      },
    },
    async ({ params: { id }, body: { reason }, identity: { userId } }, reply) => {
      const by = { role: 'box-office' as const, actor: userId, reason };
      const { status, reservation } = cancelled(await cancellations.cancel({ reservationId: id, by }));
      return reply.code(status).send(boxOfficeToBody(reservation, clock.now()));
    },
  );
}
