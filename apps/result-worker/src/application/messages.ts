import {
  encode,
  type OutboundMessage,
  type RefundRequest,
  type ReservationOutcome,
  refundKeyOf,
  topics,
} from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import type { Verdict } from '../domain/decide.ts';
import type { Decision, PaymentOrder, Refund } from '../domain/payment.ts';

const PRODUCER = 'result-worker';

/** What has to be told after a verdict; an outcome before the refunds that follow from it. */
export function messagesOf({ payment, outcome, refunds }: Verdict, ids: IdGenerator, now: Date): OutboundMessage[] {
  const told = outcome === null ? [] : [outcomeMessage(outcome.order, outcome.decision, ids)];
  return [...told, ...refunds.map((refund) => refundMessage(payment.reservationId, refund, ids, now))];
}

/** The same content however often it is told (the event id aside): it is a fact, with the moment it was decided. */
function outcomeMessage(order: PaymentOrder, decision: Decision, ids: IdGenerator): OutboundMessage {
  const value: ReservationOutcome = {
    reservationId: order.reservationId,
    userId: order.userId,
    scheduleId: order.scheduleId,
    seatNumber: order.seatNumber,
    outcome: decision.outcome,
    reason: decision.reason,
    chargeKey: decision.chargeKey,
    amount: order.amount,
    decidedAt: decision.decidedAt.toISOString(),
  };
  return encode(topics.reservationOutcomes, value, {
    eventId: ids.next(),
    occurredAt: decision.decidedAt,
    producer: PRODUCER,
  });
}

function refundMessage(reservationId: string, refund: Refund, ids: IdGenerator, now: Date): OutboundMessage {
  const { chargeKey, userId, amount, reason } = refund;
  const refundKey = refundKeyOf(chargeKey);
  const requestedAt = now.toISOString();
  const value: RefundRequest = { refundKey, chargeKey, reservationId, userId, amount, reason, requestedAt };
  return encode(topics.refundRequests, value, { eventId: ids.next(), occurredAt: now, producer: PRODUCER });
}
