import { consumerGroups, topics } from '@stagedoor/contracts';
import { subscription, type TopicSubscription } from '@stagedoor/messaging';
import type { PaymentService } from '../../application/payment-service.ts';
import { paymentOrderOf, refundOrderOf } from './orders.ts';

/** The group that owns the processing of payment-requests and refund-requests (design §2). */
export const CONSUMER_GROUP = consumerGroups['payment-worker'];

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
      process: (message) => payments.refund(refundOrderOf(message)),
      deadLetters: true,
    }),
  ];
}
