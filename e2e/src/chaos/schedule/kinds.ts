import { APPS } from '../../onsale/own-stack.ts';

/** What can go wrong here, each kind with what it does. The order is that of every list and table. */
export const FAULT_KINDS = {
  kill: 'SIGKILL; it comes back by itself, sometimes only after a while',
  freeze: 'SIGSTOP, past session timeouts and leases, then SIGCONT',
  restart: 'stopped in order, and started again',
  flush: 'Redis is emptied (FLUSHALL)',
  cut: 'connections are closed, new ones refused (Toxiproxy)',
  reset: 'connections end in a TCP reset after a moment (Toxiproxy)',
  delay: 'every packet is late (Toxiproxy)',
  silence: 'connections stay, and nothing comes through (Toxiproxy)',
  backlog: 'thousands of foreign payment requests into one partition',
  clock:
    'the clock of one replica of a service jumps, forwards or backwards, while it runs (libfaketime); its monotonic clock does not',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export const ALL_KINDS = Object.keys(FAULT_KINDS) as FaultKind[];

/** Those that need the fault proxy between the apps and everything else. */
export const PROXIED_KINDS: readonly FaultKind[] = ['cut', 'reset', 'delay', 'silence'];

const INFRASTRUCTURE = ['mariadb', 'redis', 'kafka'] as const;
const USES_REDIS = ['queue-gateway', 'reservation-service'];

/** The name of an app's process, as the stack has it. */
export const replicaName = (app: string, replica: number): string => (replica === 0 ? app : `${app}-${replica + 1}`);

const appProcesses = (replicas: number): string[] =>
  APPS.flatMap((app) => Array.from({ length: replicas }, (_, replica) => replicaName(app, replica)));

/** Every connection that runs through the fault proxy: `<app>:<server>`, and the crowd's own way in. */
const CONNECTIONS = [
  ...APPS.flatMap((app) =>
    INFRASTRUCTURE.filter((server) => server !== 'redis' || USES_REDIS.includes(app)).map(
      (server) => `${app}:${server}`,
    ),
  ),
  'edge',
];

/** What faults of this kind can hit. */
export function targetsOf(kind: FaultKind, replicas: number): readonly string[] {
  switch (kind) {
    case 'kill':
    case 'freeze':
    case 'restart':
      return [...appProcesses(replicas), ...INFRASTRUCTURE];
    case 'flush':
      return ['redis'];
    case 'cut':
    case 'reset':
    case 'delay':
    case 'silence':
      return CONNECTIONS;
    case 'backlog':
      return ['payment-requests'];
    case 'clock':
      return appProcesses(replicas);
  }
}
