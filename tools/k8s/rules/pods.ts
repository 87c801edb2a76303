import { type KubernetesObject, nameOf, ofKind, ownWorkloadsOf, podOf, selects, workloadsOf } from '../objects.ts';

const containersOf = (object: KubernetesObject): KubernetesObject[] => [
  ...(podOf(object).initContainers ?? []),
  ...podOf(object).containers,
];

/** An app closes within this time, in seconds, or exits without (timeoutMs in its main.ts). */
const CLOSE_S = 30;

/** Restricted Pod Security, and for the project's own images a root file system that nobody writes to. */
export function restricted(objects: KubernetesObject[]): string[] {
  const own = new Set(ownWorkloadsOf(objects));
  const pods = workloadsOf(objects).flatMap((object) => {
    const pod = podOf(object);
    return containersOf(object).flatMap(({ name, securityContext = {} }) => {
      const mistakes: [boolean, string][] = [
        [(securityContext.runAsNonRoot ?? pod.securityContext?.runAsNonRoot) === true, 'may run as root'],
        [(securityContext.runAsUser ?? pod.securityContext?.runAsUser) > 0, 'has no user but root'],
        [securityContext.allowPrivilegeEscalation === false, 'may gain privileges'],
        [securityContext.capabilities?.drop?.includes('ALL') === true, 'keeps capabilities'],
        [securityContext.capabilities?.add === undefined, 'adds capabilities'],
        [pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'],
        [!own.has(object) || securityContext.readOnlyRootFilesystem === true, 'has a root file system to write to'],
        [pod.automountServiceAccountToken === false, 'gets a token of the API server'],
        [!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, 'uses the host'],
      ];
      return mistakes.filter(([good]) => !good).map(([, text]) => `${nameOf(object)}: container ${name} ${text}`);
    });
  });
  const namespaces = ofKind(objects, 'Namespace');
  const labelled = namespaces.filter(
    ({ metadata }) => metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted',
  );
  return labelled.length === 1 && namespaces.length === 1
    ? pods
    : [...pods, 'the namespace does not enforce restricted'];
}

/** Every container says what it needs and what it may take. */
export function resources(objects: KubernetesObject[]): string[] {
  return workloadsOf(objects).flatMap((object) =>
    containersOf(object).flatMap(({ name, resources: { requests = {}, limits = {} } = {} }) =>
      [
        ['requests.cpu', requests.cpu],
        ['requests.memory', requests.memory],
        ['limits.cpu', limits.cpu],
        ['limits.memory', limits.memory],
      ]
        .filter(([, value]) => value === undefined)
        .map(([what]) => `${nameOf(object)}: container ${name} has no ${what}`),
    ),
  );
}

/** Probes ask what they mean, and a pod is given the time that it needs to stop. */
export function lifecycle(objects: KubernetesObject[]): string[] {
  return ofKind(objects, 'Deployment').flatMap((object) => {
    const pod = podOf(object);
    const [container] = pod.containers;
    const before = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const update = object.spec.strategy?.rollingUpdate;
    const mistakes: [boolean, string][] = [
      [container.startupProbe?.httpGet?.path === '/live', 'startupProbe does not ask /live'],
      [container.livenessProbe?.httpGet?.path === '/live', 'livenessProbe does not ask /live'],
      [container.readinessProbe?.httpGet?.path === '/ready', 'readinessProbe does not ask /ready'],
      [before >= 5, 'preStop does not wait for the gateway'],
      [pod.terminationGracePeriodSeconds > before + CLOSE_S, `is killed before ${before} + ${CLOSE_S} s are over`],
      [update?.maxUnavailable === 0, 'a rollout takes replicas away before there are new ones'],
      [(pod.topologySpreadConstraints ?? []).length > 0, 'is not spread'],
    ];
    return mistakes.filter(([good]) => !good).map(([, text]) => `${nameOf(object)}: ${text}`);
  });
}

/** Each app has its Service, ServiceAccount, budget, migration; and selectors take the app's pods and no others. */
export function companions(objects: KubernetesObject[], apps: readonly string[]): string[] {
  const pods = workloadsOf(objects).map((object) => ({ object, labels: object.spec.template.metadata.labels }));
  const missing = apps.flatMap((app) =>
    [
      ['Deployment', app],
      ['Service', app],
      ['ServiceAccount', app],
      ['PodDisruptionBudget', app],
      ['Job', `${app}-migrate`],
    ]
      .filter(([kind, name]) => !objects.some((object) => object.kind === kind && object.metadata.name === name))
      .map(([kind, name]) => `there is no ${kind} ${name}`),
  );
  const selecting = ofKind(objects, 'Service', 'PodDisruptionBudget').flatMap((object) => {
    const selector = object.kind === 'Service' ? { matchLabels: object.spec.selector } : object.spec.selector;
    const taken = pods.filter(({ labels }) => selects(selector, labels)).map((pod) => nameOf(pod.object));
    const good = taken.length === 1 && taken[0]?.endsWith(` ${object.metadata.name}`);
    return good ? [] : [`${nameOf(object)} selects ${taken.join(', ') || 'nothing'}`];
  });
  return [...missing, ...selecting];
}
