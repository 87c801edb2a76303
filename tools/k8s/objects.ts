import { parseAllDocuments } from 'yaml';

/** A Kubernetes object as rendered. Its fields are looked at by the rules, which know nothing that the schema has not checked. */
// biome-ignore lint/suspicious/noExplicitAny: objects of twenty kinds, checked against their schemas by validate.py.
export type KubernetesObject = any;

/** The objects of one rendered overlay. */
export function objectsOf(text: string): KubernetesObject[] {
  return parseAllDocuments(text, { version: '1.1' })
    .map((document) => document.toJS() as KubernetesObject)
    .filter((object) => object !== null);
}

export const ofKind = (objects: KubernetesObject[], ...kinds: string[]): KubernetesObject[] =>
  objects.filter(({ kind }) => kinds.includes(kind));

/** How a mistake is introduced. */
export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;

/** What an object makes pods of; undefined where it makes none. */
export const podOf = ({ spec }: KubernetesObject): KubernetesObject => spec?.template?.spec;

/** Everything that runs pods: apps, jobs and the stores of the dev overlay. */
export const workloadsOf = (objects: KubernetesObject[]): KubernetesObject[] =>
  ofKind(objects, 'Deployment', 'StatefulSet', 'Job');

/** Those of them that run the project's own images. */
export const ownWorkloadsOf = (objects: KubernetesObject[]): KubernetesObject[] => ofKind(objects, 'Deployment', 'Job');

/** Whether a label selector takes pods of these labels. An absent selector takes none, an empty one all. */
export function selects(selector: KubernetesObject, labels: Record<string, string>): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }: KubernetesObject) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return (operator === 'Exists') === (value !== undefined);
    })
  );
}
