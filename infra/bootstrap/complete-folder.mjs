/** A downloaded folder is there whole or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { identify } from '../stack/process-identity.mjs';

/** A folder that is made by `fillFolder` has its name only once it is complete. */
export const isComplete = (folder) => existsSync(folder);

/**
 * Fills a folder under a temporary name and renames it when that is done. Two at once: the second finds it there and
 * throws its own away.
 * @param {string} folder
 * @param {(partial: string) => Promise<void> | void} fill throws if anything is missing
 */
export async function fillFolder(folder, fill) {
  if (isComplete(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  removeInterrupted(folder);
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial);
  try {
    await fill(partial);
    renameSync(partial, folder);
  } catch (error) {
    if (!isComplete(folder)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** What a download that was killed has left; one that still runs, beside us, keeps its own. */
function removeInterrupted(folder) {
  const prefix = `${basename(folder)}.partial-`;
  for (const entry of readdirSync(dirname(folder))) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number(entry.slice(prefix.length));
    if (pid === process.pid || identify(pid) === null)
      rmSync(join(dirname(folder), entry), { recursive: true, force: true });
  }
}
