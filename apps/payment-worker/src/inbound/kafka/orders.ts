import {
  type PaymentRequest,
  paymentDeadline,
  type Received,
  type RefundRequest,
  requestedMoment,
} from '@stagedoor/contracts';
import type { PaymentOrder } from '../../domain/payment.ts';
import type { RefundOrder } from '../../domain/refund.ts';

/** @param timeoutMs for requests that come without a deadline of their own */
export function paymentOrderOf(message: Received<PaymentRequest>, timeoutMs: number): PaymentOrder {
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

/** Refunds have no deadline (design §4.5). */
export function refundOrderOf({ value }: Received<RefundRequest>): RefundOrder {
  const { refundKey, chargeKey, reservationId, userId, amount, reason } = value;
  return { refundKey, chargeKey, reservationId, userId, amount, reason };
}
