import { consumerGroups, topics } from '@stagedoor/contracts';
import { type TopicSubscription, transactional } from '@stagedoor/messaging';
import type { UnitOfWork } from '@stagedoor/platform';
import { applyOutcomes, type ConsumerOptions } from '../../application/apply-outcomes.ts';
import type { Tx } from '../../application/ports.ts';
import { settleRefunds } from '../../application/settle-refunds.ts';

export const CONSUMER_GROUP = consumerGroups['reservation-service'];

/** What this service listens to: decisions on payments, and refunds that were made (design §2). */
export function subscriptions(
  options: ConsumerOptions & { unitOfWork: UnitOfWork<Tx>; maxBatch: number },
): TopicSubscription[] {
  const { unitOfWork, maxBatch } = options;
  return [
    transactional(topics.reservationOutcomes, {
      unitOfWork,
      maxBatch,
      deadLetters: true,
      handle: (outcomes, tx) => applyOutcomes(outcomes, tx, options),
    }),
    transactional(topics.refundResults, {
      unitOfWork,
      maxBatch,
      deadLetters: true,
      handle: (results, tx) => settleRefunds(results, tx, options),
    }),
  ];
}
