/** What a launcher that was killed with -9 has left behind: processes first, then disposable folders. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { socketFolder, stackFolders, stacksFolder } from './folder.mjs';
import { lockOwner } from './lock.mjs';
import { isRunning } from './process-identity.mjs';
import { inStopOrder } from './stop-order.mjs';
import { waitUntil } from './wait-until.mjs';

const POLITE_TIMEOUT_MS = 20_000;
const KILL_TIMEOUT_MS = 10_000;

/** Present in the folder of a stack whose data is thrown away when it ends. */
export const DISPOSABLE_MARK = 'disposable';

/**
 * The recorded processes of a stack that still run. A record whose pid belongs to somebody else by now is no longer
 * ours and is only forgotten.
 * @param {string} runFolder
 */
export function leftoverProcesses(runFolder, isStillRunning = isRunning) {
  if (!existsSync(runFolder)) return [];
  const left = [];
  for (const file of readdirSync(runFolder)) {
    if (!file.endsWith('.json')) continue;
    const path = join(runFolder, file);
    const record = parse(path);
    if (record && isStillRunning(record)) left.push(record);
    else rmSync(path, { force: true });
  }
  return left;
}

/**
 * Stops them: politely, in the order of every stop, then with force. Call it only while holding the folder's lock.
 * @returns {Promise<import('./process-identity.mjs').ProcessRecord[]>} who was stopped
 */
export async function stopLeftovers(runFolder) {
  const left = leftoverProcesses(runFolder);
  for (const group of inStopOrder(left)) await stopGroup(group);
  for (const record of left) rmSync(join(runFolder, `${record.name}.json`), { force: true });
  return left;
}

async function stopGroup(group) {
  for (const record of group) signal(record, record.pid, 'SIGTERM');
  const gone = () => group.every((record) => !isRunning(record));
  if (await waitUntil(gone, { timeoutMs: POLITE_TIMEOUT_MS })) return;
  for (const record of group) signal(record, -record.pid, 'SIGKILL');
  await waitUntil(gone, { timeoutMs: KILL_TIMEOUT_MS });
}

/** Looked at again right before each signal: in between it may have ended and its pid gone to a stranger. */
function signal(record, pid, name) {
  if (!isRunning(record)) return;
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

/** Stacks of tests and simulations whose launcher is gone: their processes are stopped, their folders removed. */
export async function removeAbandonedStacks(env = process.env) {
  const folder = stacksFolder(env);
  if (!existsSync(folder)) return [];
  const removed = [];
  for (const name of readdirSync(folder)) {
    const folders = stackFolders(name, env);
    if (!existsSync(join(folders.run, DISPOSABLE_MARK)) || lockOwner(folders.run) !== null) continue;
    await stopLeftovers(folders.run);
    rmSync(folders.folder, { recursive: true, force: true });
    rmSync(socketFolder(folders.folder), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

function parse(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
