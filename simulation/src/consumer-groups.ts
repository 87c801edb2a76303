import { type Access, accessOf } from '@stagedoor/contracts';
import type { World } from './world.ts';

/** What each kind of replica consumes, and under which group. */
export const consumers: Readonly<Record<string, Pick<Access, 'group' | 'reads'>>> = {
  payment: accessOf('payment-worker'),
  result: accessOf('result-worker'),
  reservation: accessOf('reservation-service'),
};

/** Whether every record is processed, as far as the groups have committed. */
export function allConsumed({ broker }: Pick<World, 'broker'>): boolean {
  return Object.values(consumers).every(({ group, reads }) =>
    reads.every((name) =>
      broker
        .partitionsOf(name)
        .every((log, partition) => Number(broker.group(group).committedOffset(name, partition) ?? 0n) >= log.length),
    ),
  );
}

/** Stops all replicas of a service and sets its group back to the first record of every topic; they come back by themselves. */
export function setBack({ broker, replicas }: Pick<World, 'broker' | 'replicas'>, service: string): void {
  const consumed = consumers[service];
  if (consumed === undefined) return;
  for (const replica of replicas) if (replica.kind === service) replica.crash('to be set back to the beginning');
  const group = broker.group(consumed.group);
  group.commit(
    consumed.reads.flatMap((topic) =>
      broker.partitionsOf(topic).map((_, partition) => ({ topic, partition, offset: 0n })),
    ),
    group.generation,
  );
}
