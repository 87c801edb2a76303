/** The link to the Node that npm has installed for this machine. */
import { existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { isProgram } from './find-program.mjs';

/**
 * Puts `node_modules/.bin/node` there where npm has not. Several of our packages bring a `node`, one per kind of machine;
 * npm 10 takes the link away again when it drops those for other machines. Scripts of package.json need it too.
 * @param {string} [root]
 */
export function linkPackagedNode(root = repositoryRoot, { platform = process.platform, arch = process.arch } = {}) {
  const name = `node-${platform}-${arch}`;
  const link = join(root, 'node_modules/.bin/node');
  if (isProgram(link) || !existsSync(join(root, 'node_modules', name, 'bin/node'))) return;
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(`../${name}/bin/node`, `${link}.${process.pid}`);
  renameSync(`${link}.${process.pid}`, link);
}
