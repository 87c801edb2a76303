import {
  decodeCursor,
  encodeCursor,
  type HttpServer,
  idempotencyHeaders,
  idempotencyKey,
  optionalIdempotencyKey,
  Problem,
  pageQuery,
  problemResponses,
} from '@stagedoor/platform';
import { z } from 'zod';
import type { CancelVerdict } from '../../application/cancel-reservations.ts';
import { isOwnId } from '../../application/lock-states.ts';
import { heldToBody, reservationToBody } from './bodies.ts';
import {
  heldBody,
  holdHeaders,
  holdRequest,
  pendingBody,
  reservationBody,
  reservationPage,
  reservationParams,
} from './schemas.ts';
import type { Service } from './service.ts';

/** What a fan does with seats. Another's reservation is 404: that it is there is nobody else's business. */
export function reservationRoutes(server: HttpServer, service: Service): void {
  const { clock, holds, payments, cancellations, reservations } = service;

  server.post(
    '/v1/reservations',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'Hold a seat',
        description:
          'Keeps one seat for this fan to pay for, for five minutes. Needs the admission token of the waiting room, for ' +
          'this fan and this schedule. An `Idempotency-Key` is optional.',
        tags: ['reservations'],
        headers: holdHeaders,
        body: holdRequest,
        response: {
          201: heldBody,
          ...problemResponses(
            'ADMISSION_REQUIRED',
            'SEAT_NOT_FOUND',
            'SEAT_TAKEN',
            'SALES_CLOSED',
            'HOLD_LIMIT_REACHED',
            'IDEMPOTENCY_KEY_IN_USE',
            'IDEMPOTENCY_KEY_REUSED',
          ),
        },
      },
    },
    async (request, reply) => {
      const { userId } = request.identity;
      const { scheduleId, seatNumber } = request.body;
      await requireAdmission(request.raw.headers['x-admission-token'], { userId, scheduleId }, service);
      const holdKey = optionalIdempotencyKey(request) ?? null;
      const verdict = await holds.hold({ userId, scheduleId, seatNumber, holdKey });
      if (verdict.kind === 'rejected') throw new Problem(verdict.reason);
      return reply.code(201).send(heldToBody(verdict.reservation));
    },
  );

  server.post(
    '/v1/reservations/:id/payment',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'Pay for a held seat',
        description:
          'Answered at once; what became of it is told by WebSocket and by `GET /v1/reservations/{id}`. The same key is ' +
          'answered alike.',
        tags: ['reservations'],
        params: reservationParams,
        headers: idempotencyHeaders,
        response: {
          202: pendingBody,
          ...problemResponses('IDEMPOTENCY_KEY_REQUIRED', 'NOT_FOUND', 'HOLD_EXPIRED', 'PAYMENT_ALREADY_REQUESTED'),
        },
      },
    },
    async (request, reply) => {
      const key = idempotencyKey(request);
      const { userId } = request.identity;
      const verdict = await payments.request({ reservationId: request.params.id, userId, key });
      if (verdict.kind === 'rejected') throw new Problem(verdict.reason);
      const { id, paymentDeadline } = verdict.reservation;
      if (paymentDeadline === null) throw new TypeError(`reservation ${id} was paid for without a deadline`);
      return reply
        .code(202)
        .send({ id, status: 'PAYMENT_PENDING' as const, paymentDeadline: paymentDeadline.toISOString() });
    },
  );

  server.post(
    '/v1/reservations/:id/cancellation',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'Let go of a hold, or cancel a confirmed reservation',
        description:
          'A hold is over at once (200); a confirmed reservation is cancelled and its money on its way (202).',
        tags: ['reservations'],
        params: reservationParams,
        response: {
          200: reservationBody,
          202: reservationBody,
          ...problemResponses('NOT_FOUND', 'PAYMENT_IN_PROGRESS', 'NOT_CANCELLABLE'),
        },
      },
    },
    async (request, reply) => {
      const by = { role: 'fan' as const, userId: request.identity.userId };
      const { status, reservation } = cancelled(await cancellations.cancel({ reservationId: request.params.id, by }));
      return reply.code(status).send(reservationToBody(reservation, clock.now()));
    },
  );

  server.get(
    '/v1/reservations/:id',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'One of my reservations',
        tags: ['reservations'],
        params: reservationParams,
        response: { 200: reservationBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { id }, identity: { userId } }) => {
      const reservation = isOwnId(id) ? await reservations.find(id) : null;
      if (reservation === null || reservation.userId !== userId) throw new Problem('NOT_FOUND');
      return reservationToBody(reservation, clock.now());
    },
  );

  server.get(
    '/v1/reservations',
    {
      onRequest: server.requireFan,
      schema: {
        summary: 'My reservations',
        description: 'Newest first.',
        tags: ['reservations'],
        querystring: pageQuery,
        response: { 200: reservationPage },
      },
    },
    async ({ query: { limit, cursor }, identity: { userId } }) => {
      const page = await reservations.ofFan(userId, { limit, before: decodeCursor(cursor, reservationCursor) });
      const last = page.length === limit ? page.at(-1) : undefined;
      return {
        items: page.map((reservation) => reservationToBody(reservation, clock.now())),
        nextCursor: last === undefined ? null : encodeCursor(last.id),
      };
    },
  );
}

/** The id of the last reservation of a page. */
export const reservationCursor = z.string().refine(isOwnId);

/** The status and reservation of a cancellation that was, or had been, done. @throws Problem */
export function cancelled(verdict: CancelVerdict) {
  if (verdict.kind === 'rejected') throw new Problem(verdict.reason);
  const { reservation } = verdict;
  return { status: reservation.status === 'CANCELLED' ? (202 as const) : (200 as const), reservation };
}

/** @throws Problem ADMISSION_REQUIRED unless the token admits this very fan to this very schedule */
async function requireAdmission(
  token: string | string[] | undefined,
  asked: { userId: string; scheduleId: number },
  { admissions }: Service,
): Promise<void> {
  if (typeof token !== 'string') throw new Problem('ADMISSION_REQUIRED');
  const admission = await admissions.verify(token);
  if (admission.userId !== asked.userId || admission.scheduleId !== asked.scheduleId) {
    throw new Problem('ADMISSION_REQUIRED');
  }
}
