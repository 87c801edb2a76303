/** Clears what `npm start` keeps: databases, topics, keys, passwords, logs. The downloads stay. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { askYesNo } from '../bootstrap/ask.mjs';
import { downCompose } from '../services/compose.mjs';
import { cacheFolder, homeFolder, MAIN_STACK, stackFolders, stacksFolder } from '../stack/folder.mjs';
import { removeAbandonedStacks, stopLeftovers } from '../stack/leftovers.mjs';
import { FolderInUseError, lockFolder } from '../stack/lock.mjs';
import { terminalReport } from '../stack/report.mjs';

const USAGE = `npm run reset -- [--yes] [--downloads]   clears the data of npm start; --downloads also what was downloaded`;

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function runReset(args) {
  const report = terminalReport();
  const unknown = args.find((arg) => !['--yes', '-y', '--downloads'].includes(arg));
  if (unknown !== undefined) {
    report.note(USAGE);
    return unknown === '--help' || unknown === '-h' ? 0 : 1;
  }
  const home = homeFolder();
  if (!existsSync(home)) {
    report.note('There is nothing to clear.');
    return 0;
  }
  if (!args.includes('--yes') && !args.includes('-y') && !(await confirmed(home, report))) return 1;
  try {
    await clear(home, { downloads: args.includes('--downloads') });
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    report.note(error.message);
    return 1;
  }
  report.note('Cleared. The next start begins with empty databases.');
  return 0;
}

async function confirmed(home, report) {
  if (process.stdin.isTTY !== true) {
    report.note(`This would clear the data in ${home}. Say so with --yes.`);
    return false;
  }
  return askYesNo(`Clear all data in ${home}?`, { yesByDefault: false });
}

async function clear(home, { downloads }) {
  const folders = stackFolders(MAIN_STACK);
  if (existsSync(folders.run)) {
    // Locked meanwhile: a start in this moment would find half of its data.
    const unlock = lockFolder(folders.run, folders.folder);
    try {
      await stopLeftovers(folders.run);
      await downCompose(folders, MAIN_STACK);
      for (const folder of Object.values(folders)) {
        if (folder !== folders.folder && folder !== folders.run) rmSync(folder, { recursive: true, force: true });
      }
    } finally {
      unlock();
    }
  }
  await removeAbandonedStacks();
  const kept = new Set([cacheFolder(), stacksFolder(), folders.run]);
  if (downloads) kept.delete(cacheFolder());
  for (const name of readdirSync(home)) {
    if (!kept.has(join(home, name))) rmSync(join(home, name), { recursive: true, force: true });
  }
}
