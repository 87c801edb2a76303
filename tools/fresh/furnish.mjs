/** Makes a new machine reach the network as this one does, gives it its people, and the repository to clone. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../infra/stack/run-command.mjs';
import { additionalCertificates, GUEST_BUNDLE } from './host-settings.mjs';

/** Where the machine finds the repository; bare, and nobody's in particular. */
export const ORIGIN = '/srv/stagedoor.git';

/**
 * Before the machine runs: files in its root.
 * @param {string} root
 * @param {Awaited<ReturnType<typeof import('./host-settings.mjs').readHostSettings>>} host
 * @returns {Record<string, string>} what its environment needs
 */
function writeNetworkSettings(root, host) {
  for (const file of host.nameResolution) copyFileSync(file, join(root, file));
  writeFileSync(join(root, 'etc/apt/sources.list'), `${host.sources.join('\n')}\n`);
  writeFileSync(join(root, 'etc/apt/apt.conf.d/00network'), `${host.aptSettings.join('\n')}\n`);
  const extra = additionalCertificates(host.bundles, readFileSync(join(root, GUEST_BUNDLE), 'utf8'));
  const folder = join(root, 'usr/local/share/ca-certificates');
  mkdirSync(folder, { recursive: true });
  for (const [index, pem] of extra.entries()) writeFileSync(join(folder, `host-${index}.crt`), `${pem}\n`);
  const npm = [
    ...(extra.length > 0 ? [`cafile=${GUEST_BUNDLE}`] : []),
    ...(host.registry ? [`registry=${host.registry}`] : []),
  ];
  mkdirSync(join(root, 'usr/local/etc'), { recursive: true });
  writeFileSync(join(root, 'usr/local/etc/npmrc'), npm.map((line) => `${line}\n`).join(''));
  return { ...host.env, ...(extra.length > 0 ? { NODE_EXTRA_CA_CERTS: GUEST_BUNDLE } : {}) };
}

/**
 * @param {{ root: string, host: Parameters<typeof writeNetworkSettings>[1], repository: string, signal: AbortSignal }} settings
 * @returns {Promise<Record<string, string>>} the environment of all commands in it
 */
export async function furnish({ root, host, repository, signal }) {
  const env = writeNetworkSettings(root, host);
  const inside = (...args) =>
    runCommand('chroot', [root, ...args], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, signal });
  await inside('update-ca-certificates');
  for (const name of ['fan', 'visitor']) await inside('useradd', '--create-home', '--shell', '/bin/bash', name);
  writeFileSync(join(root, 'etc/sudoers.d/fan'), 'fan ALL=(ALL) NOPASSWD: ALL\n', { mode: 0o440 });
  await runCommand('git', ['clone', '--quiet', '--bare', '--no-hardlinks', repository, join(root, ORIGIN)], { signal });
  return env;
}
