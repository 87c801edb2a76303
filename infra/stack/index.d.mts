/** What `infra/stack/index.mjs` offers to end-to-end tests and simulations. It runs on Node 20 and 24. */

export type AppName = 'queue-gateway' | 'reservation-service' | 'payment-worker' | 'result-worker';
export type ServiceName = 'mariadb' | 'redis' | 'kafka' | 'edge';
export type PortName = AppName | 'edge' | 'mariadb' | 'redis' | 'kafka' | 'kafka-controller';

/** Per address, and requests per second of one token. */
export interface EdgeLimits {
  requestsPerSecond: number;
  tokenRequestsPerSecond: number;
  requestsInProgress: number;
  webSockets: number;
}

export interface StackOptions {
  /** Names the stack's folder. Left out: a name of its own, so that several stacks run side by side. */
  name?: string;
  /** Which apps to start; the others keep their ports and environments. Left out: all. */
  only?: readonly AppName[];
  /** How many of each app; 1 where nothing is said, 4 at most. */
  replicas?: Partial<Record<AppName, number>>;
  /** More environment for an app, over what the stack gives it: shorter times, for instance. A function: for each replica. */
  env?: Partial<Record<AppName, Record<string, string> | ((replica: number) => Record<string, string>)>>;
  /**
   * `external`: addresses come from the environment (QUEUE_MYSQL_URL, …, KAFKA_BROKERS). Left out: what INFRA says, else
   * what this machine has.
   */
  infrastructure?: 'native' | 'compose' | 'external';
  /** Whether nginx is started in front. Left out: yes. */
  edge?: boolean;
  /** Whether migrations are applied and topics created. Left out: yes. */
  prepare?: boolean;
  /** `load` lifts the limits per address, token and fan: a load generator is one address and no attack. */
  profile?: 'default' | 'load';
  /** Other limits of the edge than its environment's; 0 lifts one. Not with the profile `load`. */
  limits?: Partial<EdgeLimits>;
  /** Whether a commit survives a power failure, as in production. Left out: yes. False is quicker, for tests only. */
  durable?: boolean;
  /**
   * Whether database, Redis and broker speak TLS alone, and the broker asks who one is and allows each app what it does.
   * Left out: no. On processes of this machine only.
   */
  secure?: boolean;
  /**
   * Whether every connection of an app, and that to the edge, runs through Toxiproxy, whose routes are named `<app>-<server>`
   * and `edge`. Left out: no. Only with native infrastructure.
   */
  faultProxy?: boolean;
  /** Whether the folder stays after the end. Left out: only that of the stack "main". */
  keepData?: boolean;
  /** `node --watch` with inspect ports. */
  watch?: boolean;
  /** Left out: a block of free ports; for the stack "main" the usual ones. */
  ports?: Record<PortName, number>;
  /** Left out: silence; the logs hold everything. */
  report?: Report;
  /** Aborting it during the start stops what has been started, and rejects with its reason. */
  signal?: AbortSignal;
  /** Aborting it kills everything at once, at any time. */
  killSignal?: AbortSignal;
  /** Other apps than ours, for the tests of the stack itself. */
  apps?: readonly unknown[];
}

export interface Report {
  note(text: string): void;
  step(text: string): void;
  line(name: string, text: string): void;
}

export interface Stack {
  readonly name: string;
  /** Data, keys, logs and so on of this stack. */
  readonly folder: string;
  readonly ports: Record<PortName, number>;
  readonly urls: {
    /** http://localhost:<port>; with a fault proxy, by way of it */
    edge: string;
    /** The replicas of each app, past the edge: for /metrics and /ready. */
    readonly apps: Record<AppName, string[]>;
  };
  /** Users that may do everything: for checking invariants and for making a mess, never for an app. Not with `external`. */
  readonly admin: { mysqlUrl: string; redisUrl: string; kafkaBrokers: string };
  /** Toxiproxy's HTTP API; null without a fault proxy. */
  readonly faultProxy: { readonly url: string } | null;
  /** The environment of an app, as the stack starts it: MYSQL_URL, REDIS_URL, KAFKA_BROKERS, PORT, … */
  env(app: AppName, replica?: number): Record<string, string>;
  /** What runs at the moment. Further replicas are named "<app>-2" and so on. */
  processes(): { name: string; pid: number | undefined }[];
  logFile(processName: string): string;

  /**
   * Sends a signal to an app (SIGKILL if none is named). With SIGKILL it answers once the process is gone. The stack
   * starts it again after half a second, as it does after every crash, unless it is to stay down.
   */
  kill(app: AppName, signal?: NodeJS.Signals, options?: { replica?: number; staysDown?: boolean }): Promise<void>;
  /**
   * As a rolling update does it: the edge sends it nothing new, where another replica is there to take it; then it is
   * stopped in order and started again. Answers when it is ready and back behind the edge.
   */
  restart(app: AppName, replica?: number): Promise<void>;
  /** Stops it in order; it stays down. */
  stopApp(app: AppName, replica?: number): Promise<void>;
  /** Starts what was stopped, or killed to stay down; answers when it is ready. */
  startApp(app: AppName, replica?: number): Promise<void>;
  /** Waits until /ready says yes, after a kill for instance. False if that takes longer than a minute. */
  waitUntilReady(app: AppName, replica?: number): Promise<boolean>;
  /** One more of an app; the edge sends it its share. Answers with the replica's number, when it is ready. */
  addReplica(app: AppName): Promise<number>;

  /** Stops a service in order; it stays down until it is started. */
  stopService(service: ServiceName): Promise<void>;
  startService(service: ServiceName): Promise<void>;
  /** As `kill`, for a service; also SIGSTOP and SIGCONT, for one that hangs. */
  killService(service: ServiceName, signal?: NodeJS.Signals, options?: { staysDown?: boolean }): Promise<void>;

  /** Stops everything in reverse order. Nothing is left running, and the data only if it is to be kept. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  killNow(): void;
}

/** An app as data. */
export interface App {
  name: AppName;
  /** The script instead of the app's own, to let something else stand in its place. */
  main?: string;
}

/** The apps as data, for `startStack({ apps })`. */
export const APPS: readonly App[];

/** Where everything that is not in git lies: `.stagedoor/` at the repository root, or STAGEDOOR_HOME. */
export function homeFolder(): string;

/** Starts a whole stack; answers when the edge serves. Whoever starts it stops it. */
export function startStack(options?: StackOptions): Promise<Stack>;
