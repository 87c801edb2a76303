/** MariaDB of the stack: its data folder, its users, its settings. */
import { existsSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { runCommand } from '../stack/run-command.mjs';
import { ask } from '../stack/tcp.mjs';

/** The user that may create databases and users; the apps never get it. */
export const ADMIN_USER = 'stagedoor';

/**
 * What is written to disk when. The stack keeps a commit through a power failure, as a production server does.
 * Tests throw their data away, and an fsync for each commit would only make them wait.
 */
const DURABLE = ['innodb_flush_log_at_trx_commit=1', 'innodb_buffer_pool_size=512M', 'innodb_log_file_size=512M'];
const DISPOSABLE = [
  'innodb_flush_log_at_trx_commit=0',
  'innodb_doublewrite=0',
  'innodb_flush_method=nosync',
  'innodb_buffer_pool_size=256M',
  'innodb_log_file_size=96M',
];

/**
 * @param {{ dataFolder: string, socket: string, port: number, initFile: string, user: string, durable: boolean,
 *   certificates?: import('./certificates.mjs').Certificates | null }} settings `certificates`: with them TLS alone
 */
export function mariadbConfig({ dataFolder, socket, port, initFile, user, durable, certificates = null }) {
  return [
    '[mariadbd]',
    `user=${quote(user)}`,
    `datadir=${quote(dataFolder)}`,
    // At its start a server deletes every temporary table of its tmpdir, another server's as well: never one that is shared.
    `tmpdir=${quote(dataFolder)}`,
    `socket=${quote(socket)}`,
    `pid-file=${quote(join(dataFolder, 'mariadbd.pid'))}`,
    `init-file=${quote(initFile)}`,
    `port=${port}`,
    'bind-address=127.0.0.1',
    'skip-name-resolve',
    'skip-log-bin',
    'character-set-server=utf8mb4',
    "default-time-zone='+00:00'",
    'transaction-isolation=READ-COMMITTED',
    'max-connections=400',
    'max-allowed-packet=64M',
    ...(certificates === null ? [] : tlsLines(certificates)),
    ...(durable ? DURABLE : DISPOSABLE),
    '',
  ].join('\n');
}

/** @param {import('./certificates.mjs').Certificates} certificates */
function tlsLines({ ca, mysql: own }) {
  return [
    `ssl-ca=${quote(ca)}`,
    `ssl-cert=${quote(own.certificate)}`,
    `ssl-key=${quote(own.key)}`,
    'require-secure-transport=ON',
  ];
}

/** In an option file `#` begins a comment even within a line, and blanks at the ends are lost. */
function quote(value) {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * The statements that run at each start: users with today's passwords, each granted its own schema alone.
 * One statement per line, as init-file wants it.
 * @param {{ adminPassword: string, databases: { name: string, password: string }[] }} accounts
 */
export function accountStatements({ adminPassword, databases }) {
  const lines = [
    ...account(ADMIN_USER, adminPassword),
    `GRANT ALL PRIVILEGES ON *.* TO '${ADMIN_USER}'@'%' WITH GRANT OPTION;`,
  ];
  for (const { name, password } of databases) {
    lines.push(
      `CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4;`,
      ...account(name, password),
      `GRANT ALL PRIVILEGES ON \`${name}\`.* TO '${name}'@'%';`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function account(name, password) {
  return [
    `CREATE USER IF NOT EXISTS '${name}'@'%' IDENTIFIED BY '${password}';`,
    `ALTER USER '${name}'@'%' IDENTIFIED BY '${password}';`,
  ];
}

/**
 * Makes the system tables once. The folder gets its name only when they are complete, so that an interrupted first
 * start is never taken for a database.
 */
async function createDataFolder({ tools, dataFolder, sockets, user, signal }) {
  if (existsSync(dataFolder)) return;
  const partial = `${dataFolder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  // The shell script that does it cannot take a blank in a path: it gets to our folder by one without.
  const link = join(sockets, 'data');
  rmSync(link, { force: true });
  symlinkSync(dirname(dataFolder), link);
  const options = [
    '--no-defaults',
    `--datadir=${join(link, basename(partial))}`,
    `--tmpdir=${join(link, basename(partial))}`,
    `--user=${user}`,
    // root comes in through the socket only: no account without a password, not even for a moment.
    '--auth-root-authentication-method=socket',
    `--auth-root-socket-user=${user}`,
    '--skip-test-db',
    '--skip-name-resolve',
  ];
  await runCommand(tools.mariadbInstallDb, options, { signal });
  rmSync(link, { force: true });
  renameSync(partial, dataFolder);
}

/**
 * @param {{ tools: { mariadbd: string, mariadbInstallDb: string }, folders: { data: string, config: string },
 *   sockets: string, port: number, accounts: Parameters<typeof accountStatements>[0], durable: boolean,
 *   certificates: import('./certificates.mjs').Certificates | null, signal?: AbortSignal }} settings
 * @returns {Promise<import('../stack/supervised-process.mjs').ProcessSpec>}
 */
export async function mariadb({ tools, folders, sockets, port, accounts, durable, certificates, signal }) {
  const dataFolder = join(folders.data, 'mariadb');
  const user = userInfo().username;
  await createDataFolder({ tools, dataFolder, sockets, user, signal });
  const initFile = join(folders.config, 'mariadb-init.sql');
  writeFileSync(initFile, accountStatements(accounts), { mode: 0o600 });
  const configFile = join(folders.config, 'mariadb.cnf');
  const socket = join(sockets, 'mariadb.sock');
  const config = mariadbConfig({ dataFolder, socket, port, initFile, user, durable, certificates });
  writeFileSync(configFile, config, { mode: 0o600 });
  return {
    name: 'mariadb',
    command: tools.mariadbd,
    args: [`--defaults-file=${configFile}`],
    cwd: dirname(dataFolder),
    env: { PATH: process.env.PATH, TZ: 'UTC' },
    // The greeting comes once init-file is through; the port listens before that.
    isReady: async () => (await ask(port, null)).length > 0,
    readyTimeoutMs: 120_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000,
  };
}
