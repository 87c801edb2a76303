/** What every stack begins with: its folder, locked and cleaned, its ports, its passwords, its infrastructure. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFiles, makeCertificates } from '../services/certificates.mjs';
import { downCompose, startContainers } from '../services/compose.mjs';
import { accountsOf } from './accounts.mjs';
import { createSocketFolder, createStackFolders, socketFolder, stackFolders } from './folder.mjs';
import { INFRASTRUCTURE, startInfrastructure } from './infrastructure.mjs';
import { DISPOSABLE_MARK, stopLeftovers } from './leftovers.mjs';
import { lockFolder } from './lock.mjs';
import { portConflicts } from './port-owner.mjs';
import { inStopOrder } from './stop-order.mjs';

/** @typedef {Awaited<ReturnType<typeof openBase>>} Base */

/**
 * @param {{ name: string, ports: import('./ports.mjs').Ports, portNames: string[], disposable: boolean, durable: boolean,
 *   infrastructure: 'native' | 'compose' | 'external', services?: string[], secure?: boolean,
 *   faults?: ReturnType<typeof import('./fault-routes.mjs').faultRoutes>, names: Parameters<typeof accountsOf>[1],
 *   report: import('./report.mjs').Report, signal?: AbortSignal, killSignal?: AbortSignal }} settings
 *   `disposable`: the folder is removed at the end; `durable`: a commit survives a power failure; `secure`: every server
 *   speaks TLS alone, and the broker asks who one is (native only)
 */
export async function openBase({
  name,
  ports,
  portNames,
  disposable,
  durable,
  secure = false,
  infrastructure,
  services = INFRASTRUCTURE,
  faults,
  names,
  report,
  signal,
  killSignal,
}) {
  if (secure && infrastructure !== 'native') throw new Error(`INFRA=${infrastructure} has no TLS of its own making.`);
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
  const tlsFolder = join(folders.keys, 'tls');
  const certificates = secure ? certificateFiles(tlsFolder) : null;
  /** @type {ReturnType<typeof import('./supervised-process.mjs').superviseProcess>[]} */
  const processes = [];
  let closing = false;
  /** @type {Promise<void> | null} */
  let stopped = null;

  /** A process that comes to be while the stack is already stopping would be forgotten. */
  function add(process) {
    if (closing) throw new Error('The stack is stopping.');
    processes.push(process);
  }

  /** Everything that runs, in reverse order; nothing is left. Whoever asks twice waits for the same end. */
  function stop() {
    closing = true;
    stopped ??= stopAll();
    return stopped;
  }

  /** At once and without asking. */
  function killNow() {
    closing = true;
    for (const process of processes) process.killNow();
    rmSync(sockets, { recursive: true, force: true });
  }

  // Whoever waits for a process to become ready is woken by its end.
  signal?.addEventListener('abort', () => void stop(), { once: true });
  killSignal?.addEventListener('abort', killNow, { once: true });

  async function stopAll() {
    for (const now of inStopOrder(processes)) {
      const running = now.filter(({ isUp }) => isUp).map((process) => process.name);
      if (running.length > 0) report.step(`stopping ${running.join(', ')}`);
      await Promise.all(now.map((process) => process.stop()));
    }
    rmSync(sockets, { recursive: true, force: true });
    if (disposable && infrastructure === 'compose') await downCompose(folders, name);
    if (disposable) {
      // The mark first: a folder with a mark and no lock is an abandoned one, which another launcher would clean too.
      rmSync(join(folders.run, DISPOSABLE_MARK), { force: true });
      rmSync(folders.folder, { recursive: true, force: true, maxRetries: 5 });
    } else {
      unlock();
    }
  }

  return {
    folders,
    accounts,
    certificates,
    processes,
    add,
    async startInfrastructure() {
      if (infrastructure === 'external' || services.length === 0) return;
      report.step(`starting ${services.join(', ')}`);
      const common = { folders, ports, accounts, signal, add, only: services };
      if (infrastructure === 'compose') return await startContainers({ ...common, stack: name });
      if (secure) await makeCertificates(tlsFolder, { signal });
      await startInfrastructure({ ...common, sockets, durable, certificates, faults, report });
    },

    stop,
    killNow,
  };
}
