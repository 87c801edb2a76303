/** Clears what `npm start` keeps: databases, topics, keys, passwords, logs. The downloads stay. */
import { existsSync, rmSync } from 'node:fs';
import { askYesNo } from '../bootstrap/ask.mjs';
import { downCompose } from '../services/compose.mjs';
import { cacheFolder, createStackFolders, homeFolder, MAIN_STACK, stackFolders } from '../stack/folder.mjs';
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
    await clear({ downloads: args.includes('--downloads') });
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

async function clear({ downloads }) {
  const folders = stackFolders(MAIN_STACK);
  createStackFolders(folders);
  // Locked meanwhile: a start in this moment would find half of its data.
  const unlock = lockFolder(folders.run, folders.folder);
  try {
    await stopLeftovers(folders.run);
    await downCompose(folders, MAIN_STACK);
    // By name, never the whole home: STAGEDOOR_HOME may be a folder with other things in it.
    const { data, keys, secrets, logs, env, config } = folders;
    for (const folder of [data, keys, secrets, logs, env, config]) rmSync(folder, { recursive: true, force: true });
  } finally {
    unlock();
  }
  await removeAbandonedStacks();
  if (downloads) rmSync(cacheFolder(), { recursive: true, force: true });
}
