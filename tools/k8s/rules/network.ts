import { type KubernetesObject, nameOf, ofKind, selects, workloadsOf } from '../objects.ts';

const GATEWAY = { 'kubernetes.io/metadata.name': 'envoy-gateway-system' };
const MONITORING = { 'kubernetes.io/metadata.name': 'monitoring' };
/** A managed store is a few addresses. A wider range could hold the cluster's pods. */
const WIDEST_PREFIX = 24;

interface Pod {
  name: string;
  labels: Record<string, string>;
  component: string;
}

interface Way {
  policy: string;
  peer: KubernetesObject;
  ports: number[];
}

const podsOf = (objects: KubernetesObject[]): Pod[] =>
  workloadsOf(objects).map((object) => {
    const { labels } = object.spec.template.metadata;
    return { name: object.metadata.name, labels, component: labels['app.kubernetes.io/component'] };
  });

/** Every way that the policies leave open for a pod. A rule without peers is a way to everywhere. */
function waysOf(objects: KubernetesObject[], pod: Pod, direction: 'ingress' | 'egress'): Way[] {
  return ofKind(objects, 'NetworkPolicy')
    .filter(({ spec }) => selects(spec.podSelector, pod.labels))
    .flatMap((policy) =>
      (policy.spec[direction] ?? []).flatMap((rule: KubernetesObject) =>
        (rule[direction === 'ingress' ? 'from' : 'to'] ?? [{}]).map((peer: KubernetesObject) => ({
          policy: nameOf(policy),
          peer,
          ports: (rule.ports ?? []).map(({ port }: KubernetesObject) => port),
        })),
      ),
    );
}

const isDns = ({ peer, ports }: Way): boolean =>
  peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === 'kube-system' &&
  ports.length > 0 &&
  ports.every((port) => port === 53);

const isNamespace = (peer: KubernetesObject, labels: Record<string, string>): boolean =>
  JSON.stringify(peer.namespaceSelector?.matchLabels) === JSON.stringify(labels);

/** What a pod may call, and what is wrong about it. */
function outgoing(way: Way, pod: Pod, pods: Pod[]): string | null {
  if (isDns(way)) return null;
  const { peer, ports } = way;
  if (ports.length === 0) return 'reaches every port';
  if (peer.ipBlock !== undefined) {
    return Number(peer.ipBlock.cidr.split('/')[1]) >= WIDEST_PREFIX ? null : `reaches all of ${peer.ipBlock.cidr}`;
  }
  if (peer.podSelector === undefined || peer.namespaceSelector !== undefined) return 'reaches more than named pods';
  const reached = pods.filter(({ labels }) => selects(peer.podSelector, labels));
  const app = reached.find(({ component }) => component !== 'store');
  return app === undefined ? null : `lets ${pod.name} reach ${app.name}`;
}

/** Default deny; no app reaches an app; apps are called by the gateway and the monitoring alone. */
export function network(objects: KubernetesObject[]): string[] {
  const pods = podsOf(objects);
  const denied = ofKind(objects, 'NetworkPolicy').some(
    ({ spec }) =>
      Object.keys(spec.podSelector).length === 0 &&
      spec.policyTypes.length === 2 &&
      spec.ingress === undefined &&
      spec.egress === undefined,
  );
  const own = pods.filter(({ component }) => component !== 'store');
  const out = own.flatMap((pod) =>
    waysOf(objects, pod, 'egress').flatMap((way) => {
      const mistake = outgoing(way, pod, pods);
      return mistake === null ? [] : [`${way.policy}: ${mistake}`];
    }),
  );
  const into = own.flatMap((pod) => {
    const ways = waysOf(objects, pod, 'ingress');
    const allowed = ({ peer }: Way) =>
      pod.component === 'server' && (isNamespace(peer, GATEWAY) || isNamespace(peer, MONITORING));
    const wrong = ways.filter((way) => !allowed(way)).map(({ policy }) => `${policy}: lets others call ${pod.name}`);
    const missing = pod.component === 'server' && ways.length < 2 ? [`nobody may call ${pod.name}`] : [];
    return [...wrong, ...missing];
  });
  return [...(denied ? [] : ['there is no default deny']), ...new Set([...out, ...into])];
}

/** Each app reaches DNS, a database and Kafka, and no other app's database where each has addresses of its own. */
export function stores(objects: KubernetesObject[], apps: readonly string[]): string[] {
  const pods = podsOf(objects).filter(({ component, name }) => component === 'server' && apps.includes(name));
  const databases = new Map<string, string>();
  return pods.flatMap((pod) => {
    const ways = waysOf(objects, pod, 'egress');
    const reaches = (...ports: number[]) => ways.filter((way) => way.ports.some((port) => ports.includes(port)));
    const missing = [
      [ways.filter(isDns), 'DNS'],
      [reaches(3306), 'its database'],
      [reaches(9092, 9093), 'Kafka'],
    ]
      .filter(([found]) => found?.length === 0)
      .map(([, what]) => `${pod.name} does not reach ${what}`);
    const shared = reaches(3306).flatMap(({ peer }) => {
      if (peer.ipBlock === undefined) return [];
      const owner = databases.get(peer.ipBlock.cidr);
      databases.set(peer.ipBlock.cidr, pod.name);
      return owner === undefined ? [] : [`${pod.name} reaches the database of ${owner}`];
    });
    return [...missing, ...shared];
  });
}
