import type { Broker, BrokerConsumer, ConsumerEvents, ProducerMessage } from '@stagedoor/messaging';
import type { SimulatedBroker } from '@stagedoor/messaging/testing/simulated-broker';
import type { SimulatedConsumer } from '@stagedoor/messaging/testing/simulated-consumer';
import { TransientError } from '@stagedoor/platform';
import { corrupted } from './corruption.ts';
import type { FaultRates } from './faults.ts';
import type { Life } from './life.ts';
import type { Scheduler } from './scheduler.ts';

/** How long the group waits for a member that is silent. */
export const SESSION_MS = 2_000;
const MAX_DUPLICATE_DELAY_MS = 6_000;

/** The broker as one process sees it: its requests go on when it is dead, its answers reach it only while it lives. */
export function brokerLink(broker: SimulatedBroker, life: Life, scheduler: Scheduler, faults: FaultRates): Broker {
  return {
    producer() {
      const inner = broker.producer();
      return {
        connect: async () => {},
        close: async () => {},
        async send(messages) {
          await life.hazard('before the send');
          const fault = scheduler.random();
          if (fault < faults.lostSend) broker.failingSends.push('lost');
          else if (fault < faults.lostSend + faults.unconfirmedSend) broker.failingSends.push('unconfirmed');
          scheduler.trace(life.name, 'sends', () => messages.map(show).join(', '));
          await life.guard(inner.send(messages.map((message) => corrupted(message, scheduler, faults.corrupt))));
          for (const message of messages) {
            if (scheduler.chance(faults.duplicate)) again(broker, scheduler, message);
          }
          await life.hazard('after the send');
        },
      };
    },
    consumer: (options) => consumerLink(broker, life, scheduler, faults, options),
    startOffsets: (topic) => life.guard(broker.startOffsets(topic)),
    endOffsets: (topic) => life.guard(broker.endOffsets(topic)),
    committedOffsets: (group, topic) => life.guard(broker.committedOffsets(group, topic)),
  };
}

function again(broker: SimulatedBroker, scheduler: Scheduler, message: ProducerMessage): void {
  scheduler.after(scheduler.random() * MAX_DUPLICATE_DELAY_MS, () => {
    scheduler.trace('broker', 'duplicates', () => show(message));
    broker.append(message);
  });
}

const show = ({ topic, key, value }: ProducerMessage): string => `${topic}[${key}] ${value}`;

function consumerLink(
  broker: SimulatedBroker,
  life: Life,
  scheduler: Scheduler,
  faults: FaultRates,
  options: { group: string; topics: readonly string[] },
): BrokerConsumer {
  const inner = broker.consumer(options) as SimulatedConsumer;
  const group = broker.group(options.group);
  life.onEnd(() => {
    inner.crash();
    scheduler.after(SESSION_MS, () => inner.expire());
  });
  life.onPause(() =>
    scheduler.after(SESSION_MS, () => {
      if (life.paused) group.leave(inner);
    }),
  );
  // Back from a pause in which the group gave it up, it joins again; until then it works on what it no longer has.
  life.onResume(() => {
    if (!group.has(inner)) scheduler.after(scheduler.random() * 200, () => life.alive && group.join(inner));
  });
  return {
    run: (events: ConsumerEvents) =>
      inner.run({
        onAssigned: (partitions, epoch) => life.run(() => events.onAssigned(partitions, epoch)),
        onLost: () => life.run(() => events.onLost()),
        onMessages: (batch) => life.run(() => events.onMessages(batch)),
        onFatal: (error) => life.run(() => events.onFatal(error)),
      }),
    pause: (partitions) => inner.pause(partitions),
    resume: (partitions) => inner.resume(partitions),
    async commit(offsets, epoch) {
      await life.hazard('before the offsets are committed');
      if (scheduler.chance(faults.failedOffsetCommit)) throw new TransientError('the commit was lost');
      await life.guard(inner.commit(offsets, epoch));
    },
    stop: () => life.guard(inner.stop()),
  };
}
