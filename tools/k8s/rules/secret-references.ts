import { type KubernetesObject, ofKind, podOf, workloadsOf } from '../objects.ts';

/** Every key of a Secret that pods cannot start without, as `name/key`; `name/*` where all of it is mounted. */
export function namedSecrets(objects: KubernetesObject[]): string[] {
  const found = workloadsOf(objects).flatMap((object) => {
    const { containers, volumes = [] } = podOf(object);
    const variables = containers.flatMap(({ env = [] }: KubernetesObject) =>
      env
        .map(({ valueFrom }: KubernetesObject) => valueFrom?.secretKeyRef)
        .filter((key: KubernetesObject | undefined) => key !== undefined && !key.optional),
    );
    const mounted = volumes.flatMap(({ secret, projected }: KubernetesObject) => [
      ...(secret === undefined ? [] : [{ name: secret.secretName, items: secret.items }]),
      ...(projected?.sources ?? []).map(({ secret: source }: KubernetesObject) => source),
    ]);
    return [
      ...variables.map(({ name, key }: KubernetesObject) => `${name}/${key}`),
      ...mounted.flatMap(({ name, items = [{ key: '*' }] }: KubernetesObject) =>
        items.map(({ key }: KubernetesObject) => `${name}/${key}`),
      ),
    ];
  });
  return [...new Set(found)].sort();
}

/** Which of the Secrets that pods name are not among those made. */
export function unmadeSecrets(objects: KubernetesObject[], made: KubernetesObject[]): string[] {
  const there = ofKind(made, 'Secret').flatMap(({ metadata, stringData }) =>
    ['*', ...Object.keys(stringData)].map((key) => `${metadata.name}/${key}`),
  );
  return namedSecrets(objects)
    .filter((name) => !there.includes(name))
    .map((name) => `nobody makes ${name}`);
}
