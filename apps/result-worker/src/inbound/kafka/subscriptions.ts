import {
  consumerGroups,
  deadLetterTopic,
  momentOf,
  type PaymentRequest,
  type PaymentResult,
  paymentDeadline,
  type Received,
  type RefundResult,
  requestedMoment,
  topics,
} from '@stagedoor/contracts';
import { rawSubscription, type TopicSubscription, transactional } from '@stagedoor/messaging';
import type { UnitOfWork } from '@stagedoor/platform';
import type { DeadLetters } from '../../application/dead-letters.ts';
import { type DecisionDependencies, takeRequests, takeResults } from '../../application/decide-batch.ts';
import type { ResultTx } from '../../application/ports.ts';
import { takeRefundResults } from '../../application/take-refund-results.ts';
import type { ChargeResult, PaymentOrder, RefundReport } from '../../domain/payment.ts';

/** The group that owns the processing of payment-results (design §2). */
export const CONSUMER_GROUP = consumerGroups['result-worker'];

/** What the subscriptions are made of. */
export interface SubscriptionsOptions extends DecisionDependencies {
  unitOfWork: UnitOfWork<ResultTx>;
  deadLetters: Pick<DeadLetters, 'store'>;
  /** Most messages in one transaction. */
  maxBatch: number;
  /** For requests that come without a deadline of their own. */
  paymentTimeoutMs: number;
}

/** Everything that this app listens to. Of these topics payment-results alone is its own to dead-letter (design §3). */
export function subscriptions(options: SubscriptionsOptions): TopicSubscription[] {
  const { unitOfWork, maxBatch, deadLetters, paymentTimeoutMs } = options;
  return [
    transactional(topics.paymentRequests, {
      unitOfWork,
      maxBatch,
      deadLetters: false,
      handle: (requests, tx) =>
        takeRequests(
          requests.map((request) => orderOf(request, paymentTimeoutMs)),
          tx,
          options,
        ),
    }),
    transactional(topics.paymentResults, {
      unitOfWork,
      maxBatch,
      deadLetters: true,
      handle: (results, tx) => takeResults(results.map(chargeResultOf), tx, options),
    }),
    transactional(topics.refundResults, {
      unitOfWork,
      maxBatch,
      deadLetters: false,
      handle: (results, tx) => takeRefundResults(results.map(refundReportOf), tx, options),
    }),
    ...Object.values(topics).map(({ name }) =>
      rawSubscription(deadLetterTopic(name), { process: (raw) => deadLetters.store(raw) }),
    ),
  ];
}

function orderOf(request: Received<PaymentRequest>, timeoutMs: number): PaymentOrder {
  const { reservationId, userId, scheduleId, seatNumber, amount, idempotencyKey } = request.value;
  return {
    reservationId,
    userId,
    scheduleId,
    seatNumber,
    amount,
    chargeKey: idempotencyKey,
    requestedAt: requestedMoment(request),
    deadline: paymentDeadline(request, timeoutMs),
  };
}

function chargeResultOf({ value }: Received<PaymentResult>): ChargeResult {
  const { reservationId, userId, status, failReason, idempotencyKey, amount } = value;
  return { reservationId, userId, status, failReason, chargeKey: idempotencyKey ?? null, amount: amount ?? null };
}

function refundReportOf({ value, timestamp }: Received<RefundResult>): RefundReport {
  const { refundKey, chargeKey, reservationId, userId, status } = value;
  // In an unknown zone it says less than the record does.
  const processedAt = momentOf(value.processedAt) ?? timestamp;
  return { refundKey, chargeKey, reservationId, userId, status, processedAt };
}
