import { type Access, accessOf } from '@stagedoor/contracts';
import type { World } from './world.ts';

/** What each kind of replica consumes, and under which group. */
const consumers = {
  payment: accessOf('payment-worker'),
  result: accessOf('result-worker'),
  reservation: accessOf('reservation-service'),
  queue: accessOf('queue-gateway'),
} as const satisfies Record<string, Pick<Access, 'group' | 'reads'>>;

/** A service, as its replicas are named. */
export type ServiceKind = keyof typeof consumers;

/** The services that there are in a world. */
export const kindsOf = (replicas: readonly { kind: ServiceKind }[]): ServiceKind[] => [
  ...new Set(replicas.map(({ kind }) => kind)),
];

/** Whether every record is processed, as far as the groups have committed. */
export function allConsumed({ broker, replicas }: Pick<World, 'broker' | 'replicas'>): boolean {
  return kindsOf(replicas).every((kind) => {
    const { group, reads } = consumers[kind];
    return reads.every((name) =>
      broker
        .partitionsOf(name)
        .every((log, partition) => Number(broker.group(group).committedOffset(name, partition) ?? 0n) >= log.length),
    );
  });
}

/** Stops all replicas of a service and sets its group back to the first record of every topic; they come back by themselves. */
export function setBack({ broker, replicas }: Pick<World, 'broker' | 'replicas'>, service: ServiceKind): void {
  const consumed = consumers[service];
  for (const replica of replicas) if (replica.kind === service) replica.crash('to be set back to the beginning');
  const group = broker.group(consumed.group);
  group.commit(
    consumed.reads.flatMap((topic) =>
      broker.partitionsOf(topic).map((_, partition) => ({ topic, partition, offset: 0n })),
    ),
    group.generation,
  );
}
