/** Passwords that are made once and kept: one file each, readable by the owner only. */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 32 characters that need no escaping in a URL, in SQL or in redis.conf. */
const generate = () => randomBytes(24).toString('base64url');

/**
 * The secret of that name; made at the first call. Base64url begins with any of 64 characters, and none of them is
 * special to the files it goes into.
 * @param {string} folder @param {string} name
 */
export function secret(folder, name) {
  return keepOnce(folder, name, generate);
}

/**
 * The content of a file that is made once, complete or not at all, mode 600.
 * @param {string} folder @param {string} name @param {() => string} make
 */
export function keepOnce(folder, name, make) {
  const file = join(folder, name);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, make(), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}
