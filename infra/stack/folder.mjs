/** Where things are: the repository, the one ignored folder, and in it one folder per stack. */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The stack of `npm start`; its data lies directly in the home folder. */
export const MAIN_STACK = 'main';

/** sockaddr_un holds 108 bytes, one of them the terminating zero. */
export const SOCKET_PATH_MAX_BYTES = 107;

/** `.stagedoor/` at the repository root, or STAGEDOOR_HOME. */
export function homeFolder(env = process.env) {
  return env.STAGEDOOR_HOME ? resolve(env.STAGEDOOR_HOME) : join(repositoryRoot, '.stagedoor');
}

/** Downloads that every stack shares and `npm run reset` keeps. */
export function cacheFolder(env = process.env) {
  return join(homeFolder(env), 'cache');
}

/** Stacks other than the main one lie side by side here. */
export function stacksFolder(env = process.env) {
  return join(homeFolder(env), 'stacks');
}

/**
 * The folders of one stack. Nothing is created.
 * @param {string} name
 */
export function stackFolders(name, env = process.env) {
  const folder = name === MAIN_STACK ? homeFolder(env) : join(stacksFolder(env), name);
  return {
    folder,
    data: join(folder, 'data'),
    keys: join(folder, 'keys'),
    secrets: join(folder, 'secrets'),
    logs: join(folder, 'logs'),
    run: join(folder, 'run'),
    env: join(folder, 'env'),
    config: join(folder, 'config'),
  };
}

/** Creates the folders of a stack; only the owner may look in, for there are passwords and private keys. */
export function createStackFolders(folders) {
  for (const path of Object.values(folders)) mkdirSync(path, { recursive: true, mode: 0o700 });
}

/**
 * The folder for a stack's Unix sockets. Its path is short wherever the repository lies, because a socket's path is
 * limited to 107 bytes; the hash keeps the stacks of several checkouts apart.
 * @param {string} folder the stack's folder
 */
export function socketFolder(folder, base = tmpdir()) {
  const name = `stagedoor-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  const longestSocket = join(base, name, 'mariadb.sock');
  return join(Buffer.byteLength(longestSocket) <= SOCKET_PATH_MAX_BYTES ? base : '/tmp', name);
}

/** Creates the socket folder, and refuses one that another user has put there before us. */
export function createSocketFolder(path) {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory() || (process.getuid && stat.uid !== process.getuid())) {
    throw new Error(`${path} belongs to another user; remove it, or set TMPDIR to a folder of your own.`);
  }
  chmodSync(path, 0o700);
}
