/** MariaDB, Redis and Kafka as containers: for machines without apt (macOS), described in containers.yml. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBoundedLog } from '../stack/bounded-log.mjs';
import { repositoryRoot } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { waitUntil } from '../stack/wait-until.mjs';
import { accountStatements } from './mariadb.mjs';
import { aclLines } from './redis.mjs';

/** The infrastructure alone. The whole system as containers is docker-compose.yml at the root, which users run themselves. */
export const COMPOSE_FILE = 'infra/services/containers.yml';

/** Written when containers of a stack were made; without it, clearing needs no Docker. */
const MARK = 'compose.project';
const READY_TIMEOUT_MS = 60_000;

/** Docker's names are small letters, digits, "-" and "_". */
export const projectName = (stack) => `stagedoor-${stack.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-')}`;

/** @param {string} project @param {string[]} args */
export function composeArguments(project, args) {
  return ['compose', '--project-name', project, '--file', join(repositoryRoot, COMPOSE_FILE), ...args];
}

/**
 * What containers.yml takes from its environment.
 * @param {{ ports: import('../stack/ports.mjs').Ports, config: string }} settings `config`: the folder with the files
 *   that the containers read
 */
export function composeEnvironment({ ports, config }) {
  return {
    STAGEDOOR_CONFIG: config,
    MYSQL_PORT: String(ports.mariadb),
    REDIS_PORT: String(ports.redis),
    KAFKA_PORT: String(ports.kafka),
    EDGE_PORT: String(ports.edge),
  };
}

/**
 * The containers of one stack, each seen by the supervision as if it were a process.
 * @param {{ stack: string, folders: ReturnType<typeof import('../stack/folder.mjs').stackFolders>,
 *   ports: import('../stack/ports.mjs').Ports, run?: typeof runCommand }} settings
 */
export function composeOf({ stack, folders, ports, run = runCommand }) {
  const config = join(folders.config, 'compose');
  mkdirSync(config, { recursive: true, mode: 0o755 });
  writeFileSync(join(folders.run, MARK), '');
  const env = composeEnvironment({ ports, config });
  return {
    config,
    /** @param {string[]} args @param {Parameters<typeof runCommand>[2]} [options] */
    command: (args, options) => run('docker', composeArguments(projectName(stack), args), { env, ...options }),
  };
}

/**
 * @param {{ stack: string, folders: ReturnType<typeof import('../stack/folder.mjs').stackFolders>,
 *   ports: import('../stack/ports.mjs').Ports, accounts: import('../stack/accounts.mjs').Accounts, only: string[],
 *   add: (process: object) => void, signal?: AbortSignal, run?: typeof runCommand }} settings
 */
export async function startContainers({ accounts, only, add, signal, ...rest }) {
  const compose = composeOf(rest);
  // The containers' own users read these; the folder above them is closed to everybody else on this machine.
  writeFileSync(join(compose.config, 'mariadb-init.sql'), accountStatements(accounts.mariadb), { mode: 0o644 });
  writeFileSync(join(compose.config, 'users.acl'), `${aclLines(accounts.redis).join('\n')}\n`, { mode: 0o644 });
  const containers = only.map((name) => container(name, { compose, logs: rest.folders.logs }));
  for (const one of containers) add(one);
  await compose.command(['up', '--detach', '--wait', ...only], { signal });
}

/**
 * Restarting it after a crash is the engine's task.
 * @param {string} name
 * @param {{ compose: ReturnType<typeof composeOf>, logs: string, isReady?: () => Promise<boolean> }} settings
 */
export function container(name, { compose, logs, isReady = async () => true }) {
  const log = openBoundedLog(join(logs, `${name}.log`));
  let isUp = true;
  const waitUntilReady = (timeoutMs = READY_TIMEOUT_MS) => waitUntil(isReady, { timeoutMs });
  return {
    name,
    log,
    pid: undefined,
    get isUp() {
      return isUp;
    },
    async start() {
      isUp = true;
      await compose.command(['up', '--detach', '--wait', name], { onLine: log.mark });
      if (!(await waitUntilReady())) throw new Error(`The container ${name} does not answer: ${log.file}`);
    },
    async stop() {
      if (!isUp) return;
      isUp = false;
      await compose.command(['stop', name], { onLine: log.mark });
    },
    async kill(signalName) {
      await compose.command(['kill', '--signal', signalName, name]);
    },
    waitUntilReady,
    killNow() {
      isUp = false;
      void compose.command(['kill', name]).catch(() => {});
    },
  };
}

/** Removes the containers of a stack with their data, if there ever were any. */
export async function downCompose(folders, stack, { run = runCommand } = {}) {
  if (!existsSync(join(folders.run, MARK))) return;
  const env = { STAGEDOOR_CONFIG: folders.config };
  const args = ['--profile', 'edge', 'down', '--volumes', '--remove-orphans'];
  await run('docker', composeArguments(projectName(stack), args), { env });
}
