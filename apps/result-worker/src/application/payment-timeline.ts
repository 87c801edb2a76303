import type { PaymentRecord } from './ports.ts';

/** Something that happened to a payment. */
export interface TimelineEvent {
  at: Date;
  type:
    | 'payment.requested'
    | 'result.kept'
    | 'payment.confirmed'
    | 'payment.failed'
    | 'payment.expired'
    | 'refund.requested'
    | 'refund.refunded'
    | 'refund.voided';
  detail: Record<string, string | number | null>;
}

/** What state a payment is in. AWAITING_REQUEST: only results or refunds are known of it. */
export const paymentStatus = ({ order, decision }: Pick<PaymentRecord, 'order' | 'decision'>) =>
  decision?.outcome ?? (order === null ? 'AWAITING_REQUEST' : 'PENDING');

const decidedTypes = {
  CONFIRMED: 'payment.confirmed',
  PAYMENT_FAILED: 'payment.failed',
  EXPIRED: 'payment.expired',
} as const;

/** What is recorded of a payment, in the order in which it happened. */
export function timelineOf({ order, decision, requestsSeen, refunds, early }: PaymentRecord): TimelineEvent[] {
  const events: TimelineEvent[] = [];
  if (order !== null) {
    const { requestedAt, deadline, amount, chargeKey } = order;
    const detail = { chargeKey, amount, deadline: deadline.toISOString(), timesSeen: requestsSeen };
    events.push({ at: requestedAt, type: 'payment.requested', detail });
  }
  for (const { receivedAt, chargeKey, status, failReason, amount } of early) {
    events.push({ at: receivedAt, type: 'result.kept', detail: { chargeKey, status, failReason, amount } });
  }
  if (decision !== null) {
    const { decidedAt, outcome, reason, chargeKey } = decision;
    events.push({ at: decidedAt, type: decidedTypes[outcome], detail: { chargeKey, reason } });
  }
  for (const { chargeKey, refundKey, amount, reason, status, requestedAt, processedAt } of refunds) {
    if (requestedAt !== null) {
      events.push({ at: requestedAt, type: 'refund.requested', detail: { refundKey, chargeKey, amount, reason } });
    }
    if (processedAt !== null && status !== 'REQUESTED') {
      const type = status === 'REFUNDED' ? 'refund.refunded' : 'refund.voided';
      events.push({ at: processedAt, type, detail: { refundKey, chargeKey } });
    }
  }
  return events.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}
