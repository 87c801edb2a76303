import { deadLetterTopic, topics } from '@stagedoor/contracts';
import { CONSUMER_GROUP as payment } from '../../apps/payment-worker/src/inbound/kafka/subscriptions.ts';
import { CONSUMER_GROUP as reservation } from '../../apps/reservation-service/src/inbound/kafka/subscriptions.ts';
import { CONSUMER_GROUP as result } from '../../apps/result-worker/src/inbound/kafka/subscriptions.ts';
import type { World } from './world.ts';

/** What each service's group consumes. */
export const consumerGroups: Record<string, { group: string; topics: string[] }> = {
  payment: { group: payment, topics: [topics.paymentRequests.name, topics.refundRequests.name] },
  result: {
    group: result,
    topics: [
      ...[topics.paymentRequests.name, topics.paymentResults.name, topics.refundResults.name],
      ...Object.values(topics).map(({ name }) => deadLetterTopic(name)),
    ],
  },
  reservation: { group: reservation, topics: [topics.reservationOutcomes.name, topics.refundResults.name] },
};

/** Whether every record is processed, as far as the groups have committed. */
export function allConsumed({ broker }: Pick<World, 'broker'>): boolean {
  return Object.values(consumerGroups).every(({ group, topics: names }) =>
    names.every((name) =>
      broker
        .partitionsOf(name)
        .every((log, partition) => Number(broker.group(group).committedOffset(name, partition) ?? 0n) >= log.length),
    ),
  );
}

/** Stops all replicas of a service and sets its group back to the first record of every topic; they come back by themselves. */
export function setBack({ broker, replicas }: Pick<World, 'broker' | 'replicas'>, service: string): void {
  const consumed = consumerGroups[service];
  if (consumed === undefined) return;
  for (const replica of replicas) if (replica.kind === service) replica.crash('to be set back to the beginning');
  const group = broker.group(consumed.group);
  group.commit(
    consumed.topics.flatMap((topic) =>
      broker.partitionsOf(topic).map((_, partition) => ({ topic, partition, offset: 0n })),
    ),
    group.generation,
  );
}
