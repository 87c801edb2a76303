import { encode, headerNames, refundKeyOf, topics } from '@stagedoor/contracts';
import type { MessagePlan } from './difference.ts';
import type { Decision, Order } from './records.ts';

const PRODUCER = 'reconcile';

/** How long a request that is put out again may take: what is known is answered whatever the time, what is lost is charged. */
const FRESH_DEADLINE_MS = 10 * 60_000;

/**
 * Asks again for a payment. With the old deadline nothing is charged that was not; with a fresh one, what payment-worker
 * does not know any more is charged.
 */
export const paymentRequest =
  (reservationId: string, order: Order, deadline: Date | 'fresh'): MessagePlan =>
  ({ eventId, now }) => {
    const { userId, scheduleId, seatNumber, amount, chargeKey: idempotencyKey, requestedAt } = order;
    const until = deadline === 'fresh' ? new Date(now.getTime() + FRESH_DEADLINE_MS) : deadline;
    return encode(
      topics.paymentRequests,
      {
        reservationId,
        userId,
        amount,
        idempotencyKey,
        scheduleId,
        seatNumber,
        requestedAt: requestedAt.toISOString(),
      },
      { eventId, occurredAt: now, producer: PRODUCER, headers: { [headerNames.deadline]: until.toISOString() } },
    );
  };

/** Tells a decision again. */
export const outcome =
  (
    reservationId: string,
    order: Order,
    decision: Decision & {
      status: 'CONFIRMED' | 'PAYMENT_FAILED' | 'EXPIRED';
      decidedKey: string;
      decidedAt: Date;
    },
  ): MessagePlan =>
  ({ eventId }) =>
    encode(
      topics.reservationOutcomes,
      {
        reservationId,
        userId: order.userId,
        scheduleId: order.scheduleId,
        seatNumber: order.seatNumber,
        outcome: decision.status,
        reason: decision.reason,
        chargeKey: decision.decidedKey,
        amount: order.amount,
        decidedAt: decision.decidedAt.toISOString(),
      },
      { eventId, occurredAt: decision.decidedAt, producer: PRODUCER },
    );

/** Asks for a charge to be given back; one that was is answered as before. */
export const refundRequest =
  (
    reservationId: string,
    { chargeKey, userId, amount }: { chargeKey: string; userId: string; amount: number },
    reason: string,
  ): MessagePlan =>
  ({ eventId, now }) =>
    encode(
      topics.refundRequests,
      {
        refundKey: refundKeyOf(chargeKey),
        chargeKey,
        reservationId,
        userId,
        amount,
        reason,
        requestedAt: now.toISOString(),
      },
      { eventId, occurredAt: now, producer: PRODUCER },
    );
