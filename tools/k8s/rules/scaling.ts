import type { Facts } from '../facts.ts';
import { type KubernetesObject, nameOf, ofKind } from '../objects.ts';

/** Design of scaling: which apps scale by the lag of which group, and by no more replicas than there are partitions. */
const BY_LAG = ['payment-worker', 'result-worker'];
const SHORTEST_SCALE_IN_S = 300;

const targetOf = ({ spec }: KubernetesObject): string => spec.scaleTargetRef.name;

/** One scaler per Deployment, which leaves the replicas to it; never to zero; slow to scale in. */
export function scalers(objects: KubernetesObject[], { apps }: Facts): string[] {
  const all = ofKind(objects, 'HorizontalPodAutoscaler', 'ScaledObject');
  const counted = apps.flatMap((app) => {
    const mine = all.filter((scaler) => targetOf(scaler) === app);
    return mine.length === 1 ? [] : [`${app} has ${mine.length} scalers`];
  });
  const fixed = ofKind(objects, 'Deployment')
    .filter(({ spec }) => spec.replicas !== undefined)
    .map((object) => `${nameOf(object)}: sets replicas, which its scaler does`);
  const each = all.flatMap((scaler) => {
    const { spec } = scaler;
    const least = spec.minReplicaCount ?? spec.minReplicas ?? 0;
    const behavior = spec.behavior ?? spec.advanced?.horizontalPodAutoscalerConfig?.behavior;
    const mistakes: [boolean, string][] = [
      [least >= 1, 'scales to nothing'],
      [spec.idleReplicaCount === undefined, 'scales to nothing when idle'],
      [(spec.maxReplicaCount ?? spec.maxReplicas) > least, 'cannot scale'],
      [behavior?.scaleDown?.stabilizationWindowSeconds >= SHORTEST_SCALE_IN_S, 'scales in at once'],
    ];
    return mistakes.filter(([good]) => !good).map(([, text]) => `${nameOf(scaler)}: ${text}`);
  });
  return [...counted, ...fixed, ...each];
}

/** KEDA looks at the groups of the code, on the broker that the apps use, up to the partitions of the contracts. */
export function lag(objects: KubernetesObject[], { groups, topics }: Facts): string[] {
  const kafka = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('kafka-config'));
  return BY_LAG.flatMap((app) => {
    const scaler = ofKind(objects, 'ScaledObject').find((object) => targetOf(object) === app);
    if (scaler === undefined) return [`${app} has no ScaledObject`];
    const triggers = scaler.spec.triggers.filter(({ type }: KubernetesObject) => type === 'kafka');
    const partitions = topics
      .filter(({ name }) => triggers.some(({ metadata }: KubernetesObject) => metadata.topic === name))
      .map((topic) => topic.partitions);
    const cap = Math.max(0, ...partitions);
    const mistakes = triggers.flatMap(({ metadata, authenticationRef }: KubernetesObject) => {
      const found: [boolean, string][] = [
        [topics.some(({ name }) => name === metadata.topic), 'is not a topic of libs/contracts'],
        [metadata.consumerGroup === groups[app], `is not read by ${metadata.consumerGroup} but by ${groups[app]}`],
        [metadata.version !== undefined, 'is asked for without a version'],
        [metadata.bootstrapServers === kafka?.data.KAFKA_BROKERS, 'is looked for on another broker'],
        [metadata.offsetResetPolicy === 'earliest', 'is not counted from the start where there is no offset'],
        [
          (kafka?.data.KAFKA_SASL_MECHANISM === undefined) === (authenticationRef === undefined),
          'is asked for with another login than the broker wants',
        ],
      ];
      return found.filter(([good]) => !good).map(([, text]) => `${nameOf(scaler)}: ${metadata.topic} ${text}`);
    });
    return scaler.spec.maxReplicaCount === cap
      ? mistakes
      : [...mistakes, `${nameOf(scaler)}: at most ${scaler.spec.maxReplicaCount} replicas for ${cap} partitions`];
  });
}
