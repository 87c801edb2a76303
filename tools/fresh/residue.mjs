/** What a run leaves in a machine outside its own folder: nothing. */
import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Everything below /etc/systemd/system: a service that is enabled is a link in one of its `.wants` folders. */
export function enabledServices(root) {
  const folder = join(root, 'etc/systemd/system');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => lstatSync(join(folder, name)).isSymbolicLink())
    .sort();
}

/**
 * @param {string} root
 * @param {string[]} enabledBefore
 * @returns {string[]} one line for each thing that should not be there
 */
export function systemResidue(root, enabledBefore) {
  const added = enabledServices(root).filter((name) => !enabledBefore.includes(name));
  return [
    ...added.map((name) => `/etc/systemd/system/${name} was added: a service is enabled`),
    ...['usr/sbin/policy-rc.d'].filter((file) => existsSync(join(root, file))).map((file) => `/${file} was left`),
  ];
}

/** After the end: folders for sockets and the like. */
export function temporaryResidue(root) {
  return readdirSync(join(root, 'tmp'))
    .filter((name) => name.startsWith('stagedoor'))
    .map((name) => `/tmp/${name} was left`);
}
