/** A new Debian with Node 20, npm, git, ca-certificates and sudo, as an archive that is made once. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../infra/stack/run-command.mjs';

export const SUITE = 'bookworm';
const PACKAGES = ['ca-certificates', 'git', 'sudo'];
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x64';
const NODE = `node-linux-${ARCHITECTURE}@20`;
/** The npm that Node 20 came with. */
const NPM = 'npm@10';

const recipe = createHash('sha256')
  .update(JSON.stringify([SUITE, PACKAGES, NODE, NPM]))
  .digest('hex')
  .slice(0, 12);

/**
 * @param {{ folder: string, sources: string[], say: (text: string) => void, signal: AbortSignal }} settings
 * @returns {Promise<string>} the archive's file
 */
export async function rootArchive({ folder, sources, say, signal }) {
  const file = join(folder, `${SUITE}-${recipe}.tar`);
  if (existsSync(file)) return file;
  say(`making a root of ${SUITE} with ${[...PACKAGES, NODE, NPM].join(', ')}; it is kept as ${file}`);
  const work = join(folder, `making-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    const root = join(work, 'root');
    await debootstrap(root, sources, signal);
    await addNode(root, work, signal);
    const draft = join(work, 'root.tar');
    await runCommand('tar', ['--create', '--numeric-owner', '--xattrs', '--file', draft, '--directory', root, '.'], {
      signal,
    });
    renameSync(draft, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}

async function debootstrap(root, sources, signal) {
  const mirror = sources[0].split(' ')[1];
  // It mounts proc and sys on its way: in a namespace of its own nothing stays mounted, whenever it ends.
  const namespace = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, root, mirror];
  await runCommand('unshare', [...namespace, 'debootstrap', ...options], { signal });
  // As an image or a disk comes: no package lists, no downloaded packages.
  for (const part of ['var/lib/apt/lists', 'var/cache/apt/archives']) {
    for (const name of readdirSync(join(root, part))) rmSync(join(root, part, name), { recursive: true });
  }
}

/** As the archive of nodejs.org would lay them under /usr/local. */
async function addNode(root, work, signal) {
  const local = join(root, 'usr/local');
  await unpackPackage(NODE, local, work, signal);
  await unpackPackage(NPM, join(local, 'lib/node_modules/npm'), work, signal);
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
}

async function unpackPackage(spec, target, work, signal) {
  const folder = join(work, spec);
  mkdirSync(folder, { recursive: true });
  mkdirSync(target, { recursive: true });
  await runCommand('npm', ['pack', spec, '--pack-destination', folder], { cwd: work, signal });
  const [archive] = readdirSync(folder);
  const options = ['--strip-components=1', '--no-same-owner', '--directory', target];
  await runCommand('tar', ['--extract', '--file', join(folder, archive), ...options], { signal });
}
