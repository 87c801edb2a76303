/** The processes of a PID namespace, seen from outside: nothing has to run in there to look. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** @typedef {{ pid: number, args: string[] }} Process `pid` as this machine numbers it */

/**
 * Those that run, without zombies.
 * @param {string} namespace what /proc/<pid>/ns/pid links to
 * @returns {Process[]}
 */
export function processesOf(namespace) {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace || isZombie(name)) continue;
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1);
      found.push({ pid: Number(name), args });
    } catch {
      // It has just ended.
    }
  }
  return found;
}

export const pidNamespace = (pid) => readlinkSync(`/proc/${pid}/ns/pid`);

/** @returns {number | null} the one process that another has started, null if there is none yet */
export function childOf(pid) {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return child === '' ? null : Number(child);
  } catch {
    return null;
  }
}

function isZombie(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}
