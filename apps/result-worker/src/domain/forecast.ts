import type {
  DomainEvent,
  PaymentRequest,
  PaymentResult,
  RefundRequest,
  RefundResult,
  ReservationOutcome,
} from '@stagedoor/contracts';
import type { Decision, PaymentOrder } from './payment.ts';

/** A message that would be sent, by its topic. A request comes with the deadline that it would have. */
export type ForecastMessage =
  | { topic: 'payment-requests'; value: PaymentRequest; deadline: Date }
  | { topic: 'payment-results'; value: PaymentResult }
  | { topic: 'reservation-outcomes'; value: ReservationOutcome }
  | { topic: 'refund-requests'; value: RefundRequest }
  | { topic: 'refund-results'; value: RefundResult }
  | { topic: 'data-platform-events'; value: DomainEvent };

/** What is known here of the payment that the message is about. */
export interface KnownPayment {
  order: PaymentOrder | null;
  decision: Decision | null;
  refunds: readonly { chargeKey: string; status: 'REQUESTED' | 'REFUNDED' | 'VOIDED' }[];
}

/**
 * What a message is expected to do when it arrives, in words, by the rules of design §4 and what this service knows. Others
 * know more (whether a key was charged), so it says on what that depends.
 */
export function forecast(message: ForecastMessage, payment: KnownPayment | null, now: Date): string {
  switch (message.topic) {
    case 'payment-requests':
      return ofRequest(message.value, message.deadline, payment, now);
    case 'payment-results':
      return ofResult(message.value, payment);
    case 'reservation-outcomes':
      return 'The reservation takes it if it is still PAYMENT_PENDING; otherwise it is recognised, or its charge given back.';
    case 'refund-requests':
      return ofRefundRequest(message.value, payment);
    case 'refund-results':
      return 'A cancelled reservation that waits for this refund is marked as refunded; otherwise nothing changes.';
    case 'data-platform-events':
      return 'Fans are told and slots freed, unless this version of the reservation, or a later one, was seen.';
  }
}

function ofRequest(request: PaymentRequest, deadline: Date, payment: KnownPayment | null, now: Date): string {
  const decision = payment?.decision ?? null;
  if (decision !== null) {
    return decision.chargeKey === request.idempotencyKey
      ? `Decided ${decision.outcome} under this key: it is answered as before, and the outcome is told again.`
      : `Decided ${decision.outcome} under ${decision.chargeKey}: whatever is charged under this key is given back.`;
  }
  if (now > deadline) {
    return (
      `Its deadline passed at ${deadline.toISOString()}: it is answered as before if it was charged in time, ` +
      'else it is not charged and the payment ends EXPIRED.'
    );
  }
  return `It is charged once, if it was not before ${deadline.toISOString()}, and then decided.`;
}

function ofResult({ status, idempotencyKey }: PaymentResult, payment: KnownPayment | null): string {
  if (payment === null || payment.order === null) return 'It is kept until the request for this reservation comes.';
  const { decision, order } = payment;
  if (decision === null) return `The payment is undecided: it is decided by this ${status}, if that fits the request.`;
  const deciding = (idempotencyKey ?? order.chargeKey) === decision.chargeKey;
  return status === 'SUCCESS' && !(deciding && decision.outcome === 'CONFIRMED')
    ? `Decided ${decision.outcome} under ${decision.chargeKey}: this charge is given back, once.`
    : `Decided ${decision.outcome} before: nothing changes.`;
}

function ofRefundRequest({ chargeKey }: RefundRequest, payment: KnownPayment | null): string {
  const known = payment?.refunds.find((refund) => refund.chargeKey === chargeKey);
  return known === undefined || known.status === 'REQUESTED'
    ? 'The charge is given back, whole and once; if there was none, its key is closed.'
    : `It is ${known.status} already: it is answered as before.`;
}
