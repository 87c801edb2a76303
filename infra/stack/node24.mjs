/** The Node that runs the apps: 24 or newer, whatever runs this launcher. */
import { join } from 'node:path';
import { isProgram } from '../bootstrap/find-program.mjs';
import { repositoryRoot } from './folder.mjs';

/** It runs TypeScript by stripping the types. */
export const NODE_MIN_MAJOR = 24;

/**
 * node_modules brings one for Linux; on macOS there is no such package, and one's own has to do.
 * @returns {string | null}
 */
export function findNode24({
  root = repositoryRoot,
  execPath = process.execPath,
  version = process.versions.node,
} = {}) {
  const packaged = join(root, 'node_modules/.bin/node');
  if (isProgram(packaged)) return packaged;
  return Number(version.split('.')[0]) >= NODE_MIN_MAJOR ? execPath : null;
}

/** @throws {Error} with what to do about it */
export function node24() {
  const node = findNode24();
  if (node === null) {
    throw new Error(
      `The apps need Node ${NODE_MIN_MAJOR}; npm has none for this platform, and this is ${process.version}. ` +
        `Install Node ${NODE_MIN_MAJOR} (https://nodejs.org) and start again with it.`,
    );
  }
  return node;
}
