/** Finds programs, also where an ordinary user's PATH does not look. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian puts servers into sbin, which only root has in its PATH. */
const MORE_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/opt/homebrew/bin',
];

/**
 * @param {string} name
 * @param {{ path?: string, more?: string[] }} [options]
 * @returns {string | null} its absolute path
 */
export function findProgram(name, { path = process.env.PATH ?? '', more = MORE_FOLDERS } = {}) {
  for (const folder of [...path.split(delimiter), ...more]) {
    if (folder === '') continue;
    const file = join(folder, name);
    if (isProgram(file)) return file;
  }
  return null;
}

/** @param {string} file */
export function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
