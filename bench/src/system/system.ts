import type { SystemAccess } from '@stagedoor/testkit';
import { type Connection, createConnection } from 'mariadb';
import { accessOf } from '../../../e2e/src/stack-access.ts';
import { type AppName, type Stack, type StackOptions, startStack } from '../../../infra/stack/index.mjs';
import { WorkCounter } from '../floor/work-counter.ts';
import { type BenchKeys, ISSUER } from '../tokens/keys.ts';

export const APPS: readonly AppName[] = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];
export type DatabaseName = 'queue' | 'reservation' | 'payment' | 'result';

/** A whole system of one suite's own, set up as in production, and what a benchmark needs of it. */
export interface System {
  readonly stack: Stack;
  readonly access: SystemAccess;
  /** Counts what a load makes it write. */
  readonly work: WorkCounter;
  readonly edge: { host: string; port: number };
  /** As a user who may do everything; each opened once. */
  database(name: DatabaseName): Promise<Connection>;
  stop(): Promise<void>;
}

/** Heap of each app, as the Kubernetes manifests set it (k8s/base): a heap without a bound would grow with the machine's memory. */
export const HEAP_MEGABYTES: Record<AppName, number> = {
  'queue-gateway': 768,
  'reservation-service': 384,
  'payment-worker': 384,
  'result-worker': 384,
};

/** Options of the stack, and what is said while it starts. */
type SystemOptions = StackOptions & {
  tell: (text: string) => void;
  /** Takes a CPU profile of each app, into this folder. */
  profileFolder?: string;
};

/**
 * Production settings: durable commits, acks from all (the producer knows no other), tokens of real keys and no
 * development logins, log level info, the edge in front. One thing differs, and has to: the edge's limits per address are
 * lifted, because a load generator is one address.
 */
export async function startSystem(
  keys: BenchKeys,
  { env = {}, tell, signal, profileFolder, ...options }: SystemOptions,
): Promise<System> {
  const common = {
    NODE_ENV: 'production',
    AUTH_MODE: 'jwt',
    // As it is unless somebody sets it: no fan of ours comes more often, and counting them is part of the cost.
    FAN_MAX_REQUESTS_PER_SECOND: '20',
    AUTH_ISSUER: ISSUER,
    AUTH_PUBLIC_KEYS_FILE: keys.files.fanJwks,
  };
  const admission = { ADMISSION_PUBLIC_KEYS_FILE: keys.files.admissionJwks };
  const own: Record<AppName, Record<string, string>> = {
    'queue-gateway': { ...admission, ADMISSION_PRIVATE_KEY_FILE: keys.files.admissionPem },
    'reservation-service': { ...admission, SAMPLE_CONCERT: 'false' },
    'payment-worker': {},
    'result-worker': {},
  };
  const stack = await startStack({
    profile: 'load',
    durable: true,
    env: Object.fromEntries(
      APPS.map((app) => [app, { ...common, ...own[app], NODE_OPTIONS: nodeOptions(app, profileFolder), ...env[app] }]),
    ),
    report: { note: tell, step: () => {}, line: () => {} },
    ...options,
    ...(signal === undefined ? {} : { signal }),
  });
  const access = accessOf(stack);
  const connections = new Map<DatabaseName, Promise<Connection>>();
  const system: System = {
    stack,
    access,
    get work() {
      return work;
    },
    edge: { host: '127.0.0.1', port: stack.ports.edge },
    database(name) {
      const open = connections.get(name) ?? connect(access.databases[name]);
      connections.set(name, open);
      return open;
    },
    async stop() {
      for (const connection of connections.values()) await connection.then((open) => open.end()).catch(() => {});
      await stack.stop();
    },
  };
  const work = new WorkCounter(system);
  return system;
}

function connect(url: string): Promise<Connection> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return createConnection({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    timezone: 'Z',
    bigIntAsNumber: true,
    dateStrings: true,
  });
}

/** The profile is written when the app ends in order. */
const nodeOptions = (app: AppName, profileFolder: string | undefined): string =>
  [
    `--max-old-space-size=${HEAP_MEGABYTES[app]}`,
    ...(profileFolder === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${app}-\${pid}.cpuprofile`]),
  ].join(' ');
