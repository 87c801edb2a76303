/** Redis of the stack: one user per app, limited to its own key prefix. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../stack/tcp.mjs';

/** The user without limits, for tests and for looking around; the apps never get it. */
export const ADMIN_USER = 'stagedoor';

/**
 * What an app may do with its own keys. `dangerous` takes away KEYS, FLUSHALL and the like; a client asks INFO when
 * it connects and the CLUSTER questions on a cluster. SCAN and RANDOMKEY would show other apps' key names.
 */
const APP_COMMANDS = '+@all -@admin -@dangerous +info +cluster|slots +cluster|shards +cluster|nodes -scan -randomkey';

/**
 * @param {{ adminPassword: string, users: { name: string, password: string }[] }} accounts
 */
export function aclLines({ adminPassword, users }) {
  return [
    'user default off',
    `user ${ADMIN_USER} on >${adminPassword} ~* &* +@all`,
    ...users.map(({ name, password }) => `user ${name} on >${password} ~${name}:* &${name}:* ${APP_COMMANDS}`),
  ];
}

/**
 * @param {{ dataFolder: string, port: number, accounts: Parameters<typeof aclLines>[0], durable: boolean,
 *   certificates?: import('./certificates.mjs').Certificates | null }} settings `certificates`: with them TLS alone
 */
export function redisConfig({ dataFolder, port, accounts, durable, certificates = null }) {
  return [
    'bind 127.0.0.1',
    ...(certificates === null ? [`port ${port}`] : tlsLines(port, certificates)),
    'daemonize no',
    'databases 1',
    `dir ${quoted(dataFolder)}`,
    'save ""',
    // At most a second is lost. What must never be lost is in MySQL, the queue's tickets restore the rest.
    durable ? 'appendonly yes' : 'appendonly no',
    'appendfsync everysec',
    // The waiting room is not a cache: a full Redis refuses writes instead of forgetting fans.
    'maxmemory-policy noeviction',
    ...aclLines(accounts),
    '',
  ].join('\n');
}

const quoted = (path) => `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** @param {number} port @param {import('./certificates.mjs').Certificates} certificates */
function tlsLines(port, { ca, redis: own }) {
  return [
    'port 0',
    `tls-port ${port}`,
    `tls-ca-cert-file ${quoted(ca)}`,
    `tls-cert-file ${quoted(own.certificate)}`,
    `tls-key-file ${quoted(own.key)}`,
    // Who one is says the password.
    'tls-auth-clients no',
  ];
}

/**
 * @param {{ tools: { redisServer: string }, folders: { data: string, config: string }, port: number,
 *   accounts: Parameters<typeof aclLines>[0], durable: boolean,
 *   certificates: import('./certificates.mjs').Certificates | null }} settings
 * @returns {import('../stack/supervised-process.mjs').ProcessSpec}
 */
export function redis({ tools, folders, port, accounts, durable, certificates }) {
  const dataFolder = join(folders.data, 'redis');
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const configFile = join(folders.config, 'redis.conf');
  writeFileSync(configFile, redisConfig({ dataFolder, port, accounts, durable, certificates }), { mode: 0o600 });
  return {
    name: 'redis',
    command: tools.redisServer,
    args: [configFile],
    cwd: dataFolder,
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    isReady: async () => isRedisReady((await ask(port, 'PING\r\n', { ca: certificates?.ca })).toString('latin1')),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 20_000,
  };
}

/** NOAUTH says that it serves, to those who log in; LOADING that it still reads its file. */
export function isRedisReady(answer) {
  return answer.startsWith('+PONG') || answer.startsWith('-NOAUTH');
}
