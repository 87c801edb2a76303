import type { Facts } from './facts.ts';
import { type KubernetesObject, podOf } from './objects.ts';

type Broken = { objects: KubernetesObject[]; facts: Facts };

/** One way to break the manifests, and the rule that must notice. */
export interface Breakage {
  name: string;
  rule: string;
  make(objects: KubernetesObject[], facts: Facts): Broken;
}

const find = (objects: KubernetesObject[], kind: string, name: string): KubernetesObject =>
  objects.find((object) => object.kind === kind && object.metadata.name.startsWith(name));

const container = (objects: KubernetesObject[], name: string, kind = 'Deployment'): KubernetesObject =>
  podOf(find(objects, kind, name)).containers[0];

const broken =
  (change: (objects: KubernetesObject[]) => void): Breakage['make'] =>
  (objects, facts) => {
    change(objects);
    return { objects, facts };
  };

const without =
  (kind: string, name: string): Breakage['make'] =>
  (objects, facts) => ({ objects: objects.filter((object) => object !== find(objects, kind, name)), facts });

const egressTo = (name: string, peer: KubernetesObject): KubernetesObject => ({
  kind: 'NetworkPolicy',
  metadata: { name: 'broken' },
  spec: {
    podSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
    policyTypes: ['Egress'],
    egress: [{ ports: [{ protocol: 'TCP', port: 3003 }], to: [peer] }],
  },
});

const POD = { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'payment-worker' } } };

type Change = [string, string, (objects: KubernetesObject[]) => void];

const CHANGES: Change[] = [
  [
    'pods are restricted',
    'a container as root',
    (o) => {
      podOf(find(o, 'Deployment', 'queue')).securityContext.runAsUser = 0;
    },
  ],
  [
    'pods are restricted',
    'a writable root',
    (o) => {
      container(o, 'queue').securityContext.readOnlyRootFilesystem = false;
    },
  ],
  [
    'pods are restricted',
    'a capability kept',
    (o) => {
      container(o, 'payment').securityContext.capabilities = {};
    },
  ],
  [
    'pods are restricted',
    'a token',
    (o) => {
      podOf(find(o, 'Job', 'topics')).automountServiceAccountToken = true;
    },
  ],
  [
    'pods are restricted',
    'a lax namespace',
    (o) => {
      find(o, 'Namespace', 'stagedoor').metadata.labels = {};
    },
  ],
  [
    'containers have requests and limits',
    'no memory limit',
    (o) => {
      delete container(o, 'result').resources.limits.memory;
    },
  ],
  [
    'probes and grace',
    'liveness by /ready',
    (o) => {
      container(o, 'queue').livenessProbe.httpGet.path = '/ready';
    },
  ],
  [
    'probes and grace',
    'killed while it drains',
    (o) => {
      podOf(find(o, 'Deployment', 'payment')).terminationGracePeriodSeconds = 30;
    },
  ],
  [
    'probes and grace',
    'no preStop',
    (o) => {
      delete container(o, 'reservation').lifecycle;
    },
  ],
  [
    'each app has its companions',
    'a selector for all',
    (o) => {
      find(o, 'Service', 'queue').spec.selector = { 'app.kubernetes.io/part-of': 'stagedoor' };
    },
  ],
  [
    'default deny, and no app reaches an app',
    'an app reaches an app',
    (o) => {
      o.push(egressTo('result-worker', POD));
    },
  ],
  [
    'default deny, and no app reaches an app',
    'an app reaches all pods',
    (o) => {
      o.push(egressTo('result-worker', { podSelector: {} }));
    },
  ],
  [
    'default deny, and no app reaches an app',
    'an app reaches the world',
    (o) => {
      o.push(egressTo('result-worker', { ipBlock: { cidr: '0.0.0.0/0' } }));
    },
  ],
  [
    'default deny, and no app reaches an app',
    'anyone may call an app',
    (o) => {
      delete find(o, 'NetworkPolicy', 'payment-worker-ingress').spec.ingress[0].from;
    },
  ],
  [
    'each app reaches its stores',
    'no way to Kafka',
    (o) => {
      find(o, 'NetworkPolicy', 'payment-worker-egress').spec.egress.splice(1);
    },
  ],
  [
    'one scaler each, never to zero',
    'two scalers',
    (o) => {
      o.push({
        ...find(o, 'HorizontalPodAutoscaler', 'reservation'),
        spec: { ...find(o, 'HorizontalPodAutoscaler', 'reservation').spec, scaleTargetRef: { name: 'payment-worker' } },
      });
    },
  ],
  [
    'one scaler each, never to zero',
    'to zero',
    (o) => {
      find(o, 'ScaledObject', 'payment').spec.minReplicaCount = 0;
    },
  ],
  [
    'one scaler each, never to zero',
    'fixed replicas',
    (o) => {
      find(o, 'Deployment', 'payment').spec.replicas = 2;
    },
  ],
  [
    'scaling by lag fits the code',
    'more replicas than partitions',
    (o) => {
      find(o, 'ScaledObject', 'payment').spec.maxReplicaCount = 11;
    },
  ],
  [
    'scaling by lag fits the code',
    'another group',
    (o) => {
      find(o, 'ScaledObject', 'result').spec.triggers[0].metadata.consumerGroup = 'x';
    },
  ],
  [
    'scaling by lag fits the code',
    'another broker',
    (o) => {
      find(o, 'ScaledObject', 'result').spec.triggers[1].metadata.bootstrapServers = 'x:9092';
    },
  ],
  [
    'scaling by lag fits the code',
    'no version',
    (o) => {
      delete find(o, 'ScaledObject', 'result').spec.triggers[2].metadata.version;
    },
  ],
  [
    'every required variable is set',
    'MYSQL_URL left out',
    (o) => {
      container(o, 'payment').env = [];
    },
  ],
  [
    'every required variable is set',
    'development tokens in production',
    (o) => {
      container(o, 'payment').env.push({ name: 'AUTH_MODE', value: 'dev' }, { name: 'NODE_ENV', value: 'production' });
    },
  ],
  [
    'every required variable is set',
    'a login without a password',
    (o) => {
      const { env } = container(o, 'payment');
      env.push({ name: 'KAFKA_SASL_MECHANISM', value: 'plain' }, { name: 'KAFKA_SASL_PASSWORD', value: '' });
    },
  ],
  [
    'every required variable is set',
    'a variable misspelt',
    (o) => {
      container(o, 'payment').env.push({ name: 'MYSQL_POOLSIZE', value: '5' });
    },
  ],
  [
    'every required variable is set',
    'a key that is not mounted',
    (o) => {
      container(o, 'reservation').volumeMounts = [];
    },
  ],
  [
    'migrations and topics are run',
    "another app's database",
    (o) => {
      container(o, 'payment-worker-migrate', 'Job').env[0].valueFrom.secretKeyRef.name = 'result-worker-secrets';
    },
  ],
  [
    'no secrets in the manifests',
    'a Secret',
    (o) => {
      o.push({ kind: 'Secret', metadata: { name: 'x' } });
    },
  ],
  [
    'images are named and tagged',
    'latest',
    (o) => {
      container(o, 'payment').image = 'stagedoor/payment-worker:latest';
    },
  ],
  [
    'images are named and tagged',
    "another app's image",
    (o) => {
      container(o, 'payment').image = 'stagedoor/result-worker:dev';
    },
  ],
  [
    'one holder of the signing key',
    'a second holder',
    (o) => {
      podOf(find(o, 'Deployment', 'payment')).volumes.push({
        name: 'k',
        secret: { secretName: 'admission-signing-key' },
      });
    },
  ],
  [
    'routes are those of the edge',
    'a public /metrics',
    (o) => {
      find(o, 'HTTPRoute', 'payment').spec.rules[0].matches.push({ path: { type: 'Exact', value: '/metrics' } });
    },
  ],
  [
    'routes are those of the edge',
    'a route left out',
    (o) => {
      find(o, 'HTTPRoute', 'queue').spec.rules[0].matches.pop();
    },
  ],
  [
    'routes are those of the edge',
    'a WebSocket cut after 30 s',
    (o) => {
      find(o, 'HTTPRoute', 'queue').spec.rules[1].timeouts.request = '30s';
    },
  ],
  [
    'one gateway, every route limited',
    'another limit',
    (o) => {
      find(o, 'BackendTrafficPolicy', 'requests').spec.rateLimit.local.rules[0].limit.requests = 2;
    },
  ],
  [
    'one gateway, every route limited',
    'no limit',
    (o) => {
      find(o, 'BackendTrafficPolicy', 'requests').spec.targetRefs.pop();
    },
  ],
  [
    'one gateway, every route limited',
    'an unknown class',
    (o) => {
      find(o, 'Gateway', 'stagedoor').spec.gatewayClassName = 'x';
    },
  ],
];

/** At least one for each rule. */
export const breakages: Breakage[] = [
  ...CHANGES.map(([rule, name, change]) => ({ rule, name, make: broken(change) })),
  { rule: 'each app has its companions', name: 'no budget', make: without('PodDisruptionBudget', 'queue') },
  {
    rule: 'default deny, and no app reaches an app',
    name: 'no default deny',
    make: without('NetworkPolicy', 'default'),
  },
  { rule: 'migrations and topics are run', name: 'no topics Job', make: without('Job', 'topics') },
  {
    rule: 'scaling by lag fits the code',
    name: 'fewer partitions in the contracts',
    make: (objects, facts) => ({
      objects,
      facts: { ...facts, topics: facts.topics.map((topic) => ({ ...topic, partitions: 3 })) },
    }),
  },
  {
    rule: 'topics are those of the design',
    name: 'a topic less',
    make: (objects, facts) => ({ objects, facts: { ...facts, topics: facts.topics.slice(1) } }),
  },
];

/** Rules that no breakage stands for; there must be none. */
export const unbroken = (rules: Record<string, unknown>): string[] =>
  Object.keys(rules).filter((rule) => !breakages.some((breakage) => breakage.rule === rule));
