/** The programs that build and run containers: Debian's, installed once; docker compose unpacked, not installed. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApt } from '../../infra/bootstrap/apt.mjs';
import { askYesNo } from '../../infra/bootstrap/ask.mjs';
import { fillFolder } from '../../infra/bootstrap/complete-folder.mjs';
import { findProgram } from '../../infra/bootstrap/find-program.mjs';
import { runCommand } from '../../infra/stack/run-command.mjs';

/** Program → the package that brings it. netavark and aardvark-dns are looked for by podman alone, not in the path. */
const PROGRAMS = {
  '/usr/bin/buildah': 'buildah',
  '/usr/bin/podman': 'podman',
  '/usr/sbin/runc': 'runc',
  '/usr/lib/podman/netavark': 'netavark',
  '/usr/lib/podman/aardvark-dns': 'aardvark-dns',
  '/usr/sbin/debootstrap': 'debootstrap',
  '/usr/sbin/iptables': 'iptables',
};

/** The release whose docker compose is version 2 and one static program. */
const COMPOSE_SUITE = 'trixie';
const COMPOSE_PROGRAM = 'usr/libexec/docker/cli-plugins/docker-compose';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * @param {{ ask: boolean, say: (text: string) => void, signal: AbortSignal }} settings `ask`: before anything is installed
 */
export async function installTools({ ask, say, signal }) {
  const missing = Object.entries(PROGRAMS).flatMap(([file, name]) => (existsSync(file) ? [] : [name]));
  if (missing.length === 0) return 'nothing was missing';
  const report = { note: say, step: say, line: (name, text) => say(`${name}: ${text}`) };
  const apt = createApt([], { signal, report });
  const known = await Promise.all(missing.map((name) => apt.isKnown(name)));
  if (known.includes(false)) await apt.update();
  const all = await apt.simulate(missing);
  say(`apt will install ${missing.join(', ')}; with what they depend on, ${all.length} in all: ${all.join(' ')}`);
  say("podman's package enables services of the system (podman.socket, an update timer); nothing here uses them");
  if (ask && !(await askYesNo('Go on?', { yesByDefault: true, signal }))) throw new Error('Nothing was installed.');
  await apt.install(missing, all.length);
  return `installed ${missing.join(', ')}`;
}

/**
 * docker compose version 2: the one that is there, or Debian's, unpacked below the folder.
 * @param {{ folder: string, mirror: string, say: (text: string) => void, signal: AbortSignal }} settings
 * @returns {Promise<string[]>} its command line
 */
export async function dockerCompose({ folder, mirror, say, signal }) {
  const installed = await runCommand('docker', ['compose', 'version', '--short'], { signal }).catch(() => '');
  if (/^v?(?:2\.(?:2[4-9]|[3-9]\d)|[3-9]|\d\d)/.test(installed)) return [findProgram('docker'), 'compose'];
  const own = join(folder, 'docker-compose');
  await fillFolder(own, async (partial) => {
    say(`fetching docker compose from Debian ${COMPOSE_SUITE}, for this test alone`);
    const state = join(partial, 'apt');
    for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(state, name), { recursive: true });
    const sources = join(state, 'sources.list');
    writeFileSync(sources, `deb [signed-by=${KEYRING}] ${mirror} ${COMPOSE_SUITE} main\n`);
    // An apt beside the machine's own, whose lists stay as they are.
    const apart = {
      'Dir::Etc::sourcelist': sources,
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::lists': join(state, 'lists'),
      'Dir::Cache': state,
      'APT::Sandbox::User': 'root',
    };
    const options = Object.entries(apart).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await runCommand('apt-get', [...options, 'update'], { signal });
    await runCommand('apt-get', [...options, 'download', 'docker-compose'], { cwd: partial, signal });
    const archive = readdirSync(partial).find((name) => name.endsWith('.deb'));
    await runCommand('dpkg-deb', ['--extract', archive, '.'], { cwd: partial, signal });
    await runCommand(join(partial, COMPOSE_PROGRAM), ['version'], { signal });
  });
  return [join(own, COMPOSE_PROGRAM)];
}
