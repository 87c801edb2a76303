import {
  type Broker,
  ConsumerRunner,
  MessageProducer,
  OutboxRelay,
  type TopicSubscription,
} from '@stagedoor/messaging';
import { type Clock, createLogger, type IdGenerator, Leadership, type Metrics } from '@stagedoor/platform';
import type { DatabaseLink } from './database/simulated-database.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';
import { type DrawnTimes, TIMES } from './times.ts';

/** What every service is built from, for one life of one replica. */
export interface Runtime {
  life: Life;
  clock: Clock;
  ids: IdGenerator;
  broker: Broker;
  scheduler: Scheduler;
  drawn: DrawnTimes;
}

export const logger = createLogger({ name: 'simulation', level: 'silent', pretty: false });

/** Metrics that count nothing: a registry per life would be most of a run's work. */
export function noMetrics(): Metrics {
  const metric = { inc() {}, dec() {}, set() {}, observe() {}, reset() {}, labels: () => metric, remove() {} };
  const make = () => metric as never;
  return { registry: {} as never, counter: make, gauge: make, histogram: make };
}

/** The parts around a service's own code, as its app.ts puts them together. */
export function messagingOf<Tables, Tx>(
  { life, clock, ids, broker, scheduler }: Runtime,
  connect: (nudge: () => void) => DatabaseLink<Tables, Tx>,
) {
  const metrics = noMetrics();
  const link = connect(() => relay.nudge());
  const producer = new MessageProducer(broker);
  const holder = ids.next();
  const leadership = (name: string) => new Leadership(link.leases, name, holder, TIMES.leaseMs, clock);
  const random = () => scheduler.random();
  const relay: OutboxRelay = new OutboxRelay({
    store: link.outbox,
    producer,
    leadership: leadership('outbox-0'),
    clock,
    logger,
    metrics,
    random,
  });
  return {
    link,
    relay,
    leadership,
    consumer: (group: string, subscriptions: readonly TopicSubscription[]) =>
      new ConsumerRunner({
        broker,
        group,
        subscriptions,
        producer,
        clock,
        logger,
        metrics,
        random,
        retry: { firstDelayMs: 100, longestDelayMs: 2_000, unknownErrorAttempts: 5 },
      }),
    life,
  };
}

/** One running replica. */
export interface Service {
  start(): Promise<void>;
  /** As SIGTERM does: in order. */
  close(): Promise<void>;
}
