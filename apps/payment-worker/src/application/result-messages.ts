import { encode, type OutboundMessage, type PaymentResult, topics } from '@stagedoor/contracts';
import type { IdGenerator } from '@stagedoor/platform';
import type { PaymentOrder, SettledPayment } from '../domain/payment.ts';
import type { SettledRefund } from '../domain/refund.ts';

/** The app's name in the header `producer`. */
export const PRODUCER = 'payment-worker';

/** A stored verdict as a message: the same content each time it is told. */
export function paymentResultOf(payment: SettledPayment, ids: IdGenerator): OutboundMessage {
  const { status, failReason, balance } = payment.verdict;
  return paymentResult(payment, { status, failReason, balance }, payment.settledAt, ids);
}

/** The answer to an order whose key stands for other terms. It repeats the order's own, and is not stored. */
export function conflictResultOf(
  order: PaymentOrder,
  balance: number | null,
  at: Date,
  ids: IdGenerator,
): OutboundMessage {
  return paymentResult(order, { status: 'FAILED', failReason: 'IDEMPOTENCY_CONFLICT', balance }, at, ids);
}

/** A stored refund as a message: the same content each time it is told. */
export function refundResultOf(refund: SettledRefund, ids: IdGenerator): OutboundMessage {
  const { refundKey, chargeKey, reservationId, userId, status, balance, processedAt } = refund;
  return encode(
    topics.refundResults,
    { refundKey, chargeKey, reservationId, userId, status, balance, processedAt: processedAt.toISOString() },
    { eventId: ids.next(), occurredAt: processedAt, producer: PRODUCER },
  );
}

function paymentResult(
  { reservationId, userId, idempotencyKey, amount }: SettledPayment | PaymentOrder,
  verdict: Pick<PaymentResult, 'status' | 'failReason' | 'balance'>,
  at: Date,
  ids: IdGenerator,
): OutboundMessage {
  return encode(
    topics.paymentResults,
    { reservationId, userId, ...verdict, processedAt: at.toISOString(), idempotencyKey, amount },
    { eventId: ids.next(), occurredAt: at, producer: PRODUCER },
  );
}
