import { deadLetterTopic, topics } from './topics.ts';

/** The four services by name: also their Kafka principals where the broker asks who one is. */
export const appNames = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'] as const;
export type AppName = (typeof appNames)[number];

/** Who writes a topic and who reads it. */
export interface Flow {
  producers: readonly AppName[];
  consumers: readonly AppName[];
  /** The one consumer that dead-letters from it (design §3). */
  owner: AppName;
}

/** Who sends and who receives on each topic (design §2). */
export const flows: Readonly<Record<keyof typeof topics, Flow>> = {
  paymentRequests: {
    producers: ['reservation-service'],
    consumers: ['payment-worker', 'result-worker'],
    owner: 'payment-worker',
  },
  paymentResults: { producers: ['payment-worker'], consumers: ['result-worker'], owner: 'result-worker' },
  reservationOutcomes: {
    producers: ['result-worker'],
    consumers: ['reservation-service'],
    owner: 'reservation-service',
  },
  refundRequests: {
    producers: ['reservation-service', 'result-worker'],
    consumers: ['payment-worker'],
    owner: 'payment-worker',
  },
  refundResults: {
    producers: ['payment-worker'],
    consumers: ['reservation-service', 'result-worker'],
    owner: 'reservation-service',
  },
  domainEvents: {
    producers: ['reservation-service', 'queue-gateway'],
    consumers: ['queue-gateway'],
    owner: 'queue-gateway',
  },
};

/** The one app that reads every dead-letter topic, and puts messages back where they came from. */
const DEAD_LETTER_READER: AppName = 'result-worker';

/** Each app's consumer group. */
export const consumerGroups: Readonly<Record<AppName, string>> = {
  'queue-gateway': 'queue-gateway-consumer-group',
  'reservation-service': 'reservation-outcome-consumer-group',
  'payment-worker': 'payment-request-consumer-group',
  'result-worker': 'payment-result-consumer-group',
};

/** What an app needs of the broker and nothing more: what its principal is to be allowed. */
export interface Access {
  group: string;
  reads: string[];
  writes: string[];
}

/** What an app does on which topic, dead letters and replays included. */
export function accessOf(app: AppName): Access {
  const all = Object.entries(flows).map(([key, flow]) => ({ name: topics[key as keyof typeof topics].name, ...flow }));
  const readsDeadLetters = app === DEAD_LETTER_READER;
  const deadLetters = all.map(({ name }) => deadLetterTopic(name));
  return {
    group: consumerGroups[app],
    reads: [
      ...all.filter(({ consumers }) => consumers.includes(app)).map(({ name }) => name),
      ...(readsDeadLetters ? deadLetters : []),
    ],
    writes: [
      ...all.filter(({ producers }) => readsDeadLetters || producers.includes(app)).map(({ name }) => name),
      ...all.filter(({ owner }) => owner === app).map(({ name }) => deadLetterTopic(name)),
    ],
  };
}
