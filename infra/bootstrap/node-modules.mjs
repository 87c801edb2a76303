/** node_modules as the lockfile says, installed only where it does not match. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { findProgram } from './find-program.mjs';
import { linkPackagedNode } from './node-link.mjs';

/** Holds the hash of the lockfile that node_modules was installed from; written last. */
const MARK = 'node_modules/.stagedoor-complete';

/**
 * Whether what npm says it has installed is what the lockfile wants. Packages for other platforms may be missing.
 * @param {{ packages: Record<string, any> }} lockfile package-lock.json
 * @param {{ packages: Record<string, any> }} installed node_modules/.package-lock.json, which npm writes last
 */
export function matchesLockfile(lockfile, installed) {
  return Object.entries(lockfile.packages)
    .filter(([path]) => path.startsWith('node_modules/') || path.includes('/node_modules/'))
    .every(([path, wanted]) => {
      const there = installed.packages[path];
      if (!there) return Boolean(wanted.optional || wanted.devOptional);
      return Boolean(wanted.link) || (there.version === wanted.version && there.integrity === wanted.integrity);
    });
}

/** @param {string} [root] */
export function isInstalled(root = repositoryRoot) {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false;
  if (readMark(root) === hashOf(text)) return true;
  const installed = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'));
  if (!matchesLockfile(JSON.parse(text), installed)) return false;
  writeMark(root, text);
  return true;
}

/**
 * `npm ci`. Without the packages' scripts: none of ours needs one, and some refuse a Node 20 although they never run
 * on it.
 * @param {{ root?: string, signal?: AbortSignal, run?: typeof runCommand }} [options]
 */
export async function installNodeModules({ root = repositoryRoot, signal, run = runCommand } = {}) {
  rmSync(join(root, MARK), { force: true });
  const [command, ...first] = npmCommand();
  await run(command, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root, signal });
  linkPackagedNode(root);
  writeMark(root, readFileSync(join(root, 'package-lock.json'), 'utf8'));
}

/** The npm that runs us, else the one in PATH. */
function npmCommand(env = process.env) {
  if (env.npm_execpath?.endsWith('.js') && existsSync(env.npm_execpath)) return [process.execPath, env.npm_execpath];
  const npm = findProgram('npm');
  if (npm === null) throw new Error('npm was not found in PATH.');
  return [npm];
}

const hashOf = (text) => createHash('sha256').update(text).digest('hex');

function readMark(root) {
  const file = join(root, MARK);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

function writeMark(root, lockfile) {
  const file = join(root, MARK);
  writeFileSync(`${file}.${process.pid}`, `${hashOf(lockfile)}\n`);
  renameSync(`${file}.${process.pid}`, file);
}
