import { type PaymentRequest, paymentDeadline, type Received, requestedMoment, topics } from '@stagedoor/contracts';
import { subscription, type TopicSubscription } from '@stagedoor/messaging';
import type { PaymentService } from '../../application/payment-service.ts';
import type { PaymentOrder } from '../../domain/payment.ts';

/** The group that owns the processing of payment-requests and refund-requests (design §2). */
export const CONSUMER_GROUP = 'payment-request-consumer-group';

/** @param paymentTimeoutMs for requests that come without a deadline of their own */
export function subscriptions(
  payments: Pick<PaymentService, 'pay' | 'refund'>,
  paymentTimeoutMs: number,
): TopicSubscription[] {
  return [
    subscription(topics.paymentRequests, {
      process: (message) => payments.pay(paymentOrderOf(message, paymentTimeoutMs)),
      deadLetters: true,
    }),
    subscription(topics.refundRequests, {
      process: ({ value: { refundKey, chargeKey, reservationId, userId, amount, reason } }) =>
        payments.refund({ refundKey, chargeKey, reservationId, userId, amount, reason }),
      deadLetters: true,
    }),
  ];
}

function paymentOrderOf(message: Received<PaymentRequest>, timeoutMs: number): PaymentOrder {
  const { idempotencyKey, reservationId, userId, amount, scheduleId, seatNumber } = message.value;
  return {
    idempotencyKey,
    reservationId,
    userId,
    amount,
    scheduleId,
    seatNumber,
    requestedAt: requestedMoment(message),
    deadline: paymentDeadline(message, timeoutMs),
  };
}
