/** What every stack begins with: its folder, locked and cleaned, its ports, its passwords, its infrastructure. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTools } from '../bootstrap/tools.mjs';
import { accountsOf } from './accounts.mjs';
import { createSocketFolder, createStackFolders, socketFolder, stackFolders } from './folder.mjs';
import { startInfrastructure } from './infrastructure.mjs';
import { DISPOSABLE_MARK, stopLeftovers } from './leftovers.mjs';
import { lockFolder } from './lock.mjs';
import { portConflicts } from './port-owner.mjs';

/**
 * @param {{ name: string, ports: import('./ports.mjs').Ports, portNames: string[], disposable: boolean,
 *   names: { databases: string[], redisUsers: string[] }, report: import('./report.mjs').Report }} settings
 */
export async function openBase({ name, ports, portNames, disposable, names, report }) {
  const folders = stackFolders(name);
  createStackFolders(folders);
  const unlock = lockFolder(folders.run, folders.folder);
  const sockets = socketFolder(folders.folder);
  try {
    if (disposable) writeFileSync(join(folders.run, DISPOSABLE_MARK), '');
    for (const left of await stopLeftovers(folders.run)) {
      report.note(`Stopped ${left.name} (process ${left.pid}), left behind by a launcher that was killed.`);
    }
    const conflicts = await portConflicts(ports, portNames);
    if (conflicts.length > 0) throw new Error(conflicts.join('\n'));
    createSocketFolder(sockets);
  } catch (error) {
    unlock();
    throw error;
  }
  const accounts = accountsOf(folders.secrets, names);
  /** In the order in which they were started. @type {ReturnType<typeof import('./supervised-process.mjs').superviseProcess>[]} */
  const processes = [];

  return {
    folders,
    accounts,
    processes,
    startInfrastructure: () =>
      startInfrastructure({
        tools: findTools(),
        folders,
        sockets,
        ports,
        accounts,
        disposable,
        report,
        started: (process) => processes.push(process),
      }),

    /** Everything that runs, last started first; nothing is left. */
    async stop() {
      for (const process of [...processes].reverse()) {
        report.step(`stopping ${process.name}`);
        await process.stop();
      }
      rmSync(sockets, { recursive: true, force: true });
      if (disposable) rmSync(folders.folder, { recursive: true, force: true });
      else unlock();
    },

    /** At once and without asking. */
    killNow() {
      for (const process of processes) process.killNow();
    },
  };
}
