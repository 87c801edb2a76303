import type { Facts } from '../facts.ts';
import { type KubernetesObject, nameOf, ofKind, ownWorkloadsOf, podOf, workloadsOf } from '../objects.ts';

/** What Node reads, and not the app. */
const RUNTIME = ['NODE_OPTIONS'];

/** Stands for what a Secret holds: only its form is looked at. */
const FROM_SECRETS: Record<string, string> = {
  MYSQL_URL: 'mysql://user:password@mysql.example.com:3306/database',
  REDIS_URL: 'rediss://user:password@redis.example.com:6379',
};
const OTHER_SECRET = 'x'.repeat(64);

/** Every variable that a container gets, with its value, or null where it comes from a Secret. */
export function environmentOf(objects: KubernetesObject[], container: KubernetesObject): Map<string, string | null> {
  const variables = new Map<string, string | null>();
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name);
    for (const [name, value] of Object.entries<string>(map?.data ?? {})) variables.set(name, value);
  }
  for (const { name, value } of container.env ?? []) variables.set(name, value ?? null);
  return variables;
}

/** What src/config.ts requires is set; nothing is set that it does not know; every named file is mounted. */
export function configuration(objects: KubernetesObject[], { apps, variables, refusals }: Facts): string[] {
  return apps.flatMap((app) => {
    const object = ofKind(objects, 'Deployment').find(({ metadata }) => metadata.name === app);
    if (object === undefined) return [`there is no Deployment ${app}`];
    const [container] = podOf(object).containers;
    const set = environmentOf(objects, container);
    const { known, required } = variables[app] as Facts['variables'][string];
    const environment = Object.fromEntries(
      [...set].map(([name, value]) => [name, value ?? FROM_SECRETS[name] ?? OTHER_SECRET]),
    );
    const mounted = (file: string) =>
      (container.volumeMounts ?? []).some(({ mountPath }: KubernetesObject) => file.startsWith(`${mountPath}/`));
    return [
      ...required.filter((name) => !set.has(name)).map((name) => `${app}: ${name} is not set`),
      ...[...set.keys()]
        .filter((name) => !known.includes(name) && !RUNTIME.includes(name))
        .map((name) => `${app}: ${name} is read by nobody`),
      // By its own configuration: form, bounds, and what must not be set together.
      ...refusals(app, environment),
      ...(set.get('HOST') === '0.0.0.0' ? [] : [`${app}: listens on itself only`]),
      ...(String(container.ports[0].containerPort) === set.get('PORT') ? [] : [`${app}: listens on another port`]),
      ...[...set]
        .filter(([name, value]) => name.endsWith('_FILE') && value !== null && !mounted(value))
        .map(([name, value]) => `${app}: ${name} names ${value}, which is not mounted`),
    ];
  });
}

/** Jobs run their app's migrations with its own database, and the topics by the same settings as the apps. */
export function jobs(objects: KubernetesObject[], { apps }: Facts): string[] {
  const migrations = apps.flatMap((app) => {
    const job = ofKind(objects, 'Job').find(({ metadata }) => metadata.name === `${app}-migrate`);
    const container = job === undefined ? {} : podOf(job).containers[0];
    const secret = container.env?.find(({ name }: KubernetesObject) => name === 'MYSQL_URL')?.valueFrom?.secretKeyRef;
    return [
      ...(container.command?.join() === 'migrate' ? [] : [`${app}: its migrations are not run`]),
      ...(secret?.name === `${app}-secrets` ? [] : [`${app}: its migrations go to another database`]),
    ];
  });
  const topics = ofKind(objects, 'Job').find(({ metadata }) => metadata.name === 'topics');
  const container = topics === undefined ? {} : podOf(topics).containers[0];
  const good = container.command?.join() === 'create-topics' && environmentOf(objects, container).has('KAFKA_BROKERS');
  return good ? migrations : [...migrations, 'the topics are not created'];
}

/** Values of secrets are in no manifest. */
export function secrets(objects: KubernetesObject[]): string[] {
  const held = ofKind(objects, 'Secret').map((object) => `${nameOf(object)}: holds a secret in the manifests`);
  const written = ofKind(objects, 'ConfigMap').flatMap((object) =>
    Object.entries<string>(object.data ?? {})
      .filter(([name, value]) => /PASSWORD|SECRET$|^MYSQL_URL|^REDIS_URL/.test(name) || value.includes('PRIVATE KEY'))
      .map(([name]) => `${nameOf(object)}: holds ${name}`),
  );
  return [...held, ...written];
}

/** Every image is set by the overlay, with a tag that says which; each app runs its own. */
export function images(objects: KubernetesObject[]): string[] {
  return workloadsOf(objects).flatMap((object) =>
    podOf(object).containers.flatMap(({ image }: KubernetesObject) => {
      const [, name, tag] = /^(?:.*\/)?([^/:]+)(?::([^/]+))?$/.exec(image) ?? [];
      const mistakes: [boolean, string][] = [
        [tag !== undefined && tag !== 'latest', `runs ${image}, whatever that is`],
        [object.kind !== 'Deployment' || name === object.metadata.name, `runs the image of ${name}`],
        [!object.metadata.name.endsWith('-migrate') || object.metadata.name === `${name}-migrate`, `runs ${name}`],
      ];
      return mistakes.filter(([good]) => !good).map(([, text]) => `${nameOf(object)}: ${text}`);
    }),
  );
}

/** Nobody mounts keys that are another's: the signing key of admissions is queue-gateway's alone. */
export function signingKey(objects: KubernetesObject[]): string[] {
  return ownWorkloadsOf(objects)
    .filter((object) => JSON.stringify(podOf(object)).includes('admission-signing-key'))
    .filter(({ metadata }) => metadata.name !== 'queue-gateway')
    .map((object) => `${nameOf(object)}: holds the key that signs admissions`);
}
