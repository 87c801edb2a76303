import { idSchema, strictTimestampSchema } from '@stagedoor/contracts';
import { type HttpServer, Problem, problemResponses } from '@stagedoor/platform';
import { z } from 'zod';
import { paymentStatus, timelineOf } from '../../application/payment-timeline.ts';
import type { PaymentReader } from '../../application/ports.ts';

/** What the payment routes call. */
export interface PaymentRoutesOptions {
  payments: PaymentReader;
}

const won = z.number().int().nullable();

const timelineBody = z
  .object({
    reservationId: z.string(),
    status: z
      .enum(['AWAITING_REQUEST', 'PENDING', 'CONFIRMED', 'PAYMENT_FAILED', 'EXPIRED'])
      .describe('AWAITING_REQUEST: only results or refunds are known of it'),
    reason: z.string().nullable(),
    userId: z.string().nullable(),
    scheduleId: z.number().int().nullable(),
    seatNumber: z.number().int().nullable(),
    amount: won.describe('In won'),
    chargeKey: z.string().nullable().describe('The key that was asked for'),
    decidedKey: z.string().nullable().describe('The key that decided'),
    deadline: strictTimestampSchema.nullable(),
    decidedAt: strictTimestampSchema.nullable(),
    events: z.array(
      z.object({
        at: strictTimestampSchema,
        type: z.enum([
          'payment.requested',
          'result.kept',
          'payment.confirmed',
          'payment.failed',
          'payment.expired',
          'refund.requested',
          'refund.refunded',
          'refund.voided',
        ]),
        detail: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
      }),
    ),
  })
  .describe("A reservation's payment, and what happened to it, oldest first");

/** The timeline of payments (design §6). */
export function paymentRoutes(server: HttpServer, { payments }: PaymentRoutesOptions): void {
  server.get(
    '/v1/admin/payments/:reservationId',
    {
      onRequest: server.requireRole('admin'),
      schema: {
        summary: "The timeline of a reservation's payment",
        description: 'Kept 40 days after the decision. Needs the role `admin`.',
        tags: ['payments'],
        params: z.object({ reservationId: idSchema }),
        response: { 200: timelineBody, ...problemResponses('NOT_FOUND') },
      },
    },
    async ({ params: { reservationId } }) => {
      const record = await payments.find(reservationId);
      if (record === null) throw new Problem('NOT_FOUND');
      const { order, decision } = record;
      return {
        reservationId,
        status: paymentStatus(record),
        reason: decision?.reason ?? null,
        userId: order?.userId ?? null,
        scheduleId: order?.scheduleId ?? null,
        seatNumber: order?.seatNumber ?? null,
        amount: order?.amount ?? null,
        chargeKey: order?.chargeKey ?? null,
        decidedKey: decision?.chargeKey ?? null,
        deadline: order?.deadline.toISOString() ?? null,
        decidedAt: decision?.decidedAt.toISOString() ?? null,
        events: timelineOf(record).map((event) => ({ ...event, at: event.at.toISOString() })),
      };
    },
  );
}
