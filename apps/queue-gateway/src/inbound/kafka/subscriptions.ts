import { consumerGroups, topics } from '@stagedoor/contracts';
import { subscription, type TopicSubscription } from '@stagedoor/messaging';
import type { DomainEvents } from '../../application/domain-events.ts';

/** The app's consumer group. */
export const CONSUMER_GROUP = consumerGroups['queue-gateway'];

/**
 * What the app hears. Effects are committed together (EventEffects), but what follows from each is told before its
 * offset advances; so they are processed one by one, and not by `transactional`.
 */
export const subscriptions = (events: DomainEvents): TopicSubscription[] => [
  subscription(topics.domainEvents, { process: (message) => events.process(message), deadLetters: true }),
];
