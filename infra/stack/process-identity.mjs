/** Tells whether the process that was recorded once is still the one that has its pid. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const hasProc = existsSync('/proc/self/stat');

/**
 * The start time of a process out of `/proc/<pid>/stat`, in clock ticks since boot; null for a zombie.
 * The command's name stands in parentheses and may itself hold spaces and parentheses.
 * @param {string} stat
 */
export function startTimeOfStat(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
}

/**
 * What tells this process from a later one with the same pid (boot and start time), or null if there is none.
 * @param {number} pid
 * @returns {string | null}
 */
export function identify(pid) {
  try {
    if (!hasProc) return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
    const startTime = startTimeOfStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return startTime === null ? null : `${bootId()}:${startTime}`;
  } catch {
    return null;
  }
}

function bootId() {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/**
 * @typedef {{ name: string, pid: number, identity: string, command: string, startedAt: string }} ProcessRecord
 */

/**
 * @param {string} name
 * @param {number} pid
 * @param {string} command what runs, for messages
 * @returns {ProcessRecord}
 */
export function recordOf(name, pid, command) {
  return { name, pid, identity: identify(pid) ?? 'gone', command, startedAt: new Date().toISOString() };
}

/**
 * Whether the recorded process still runs. A stranger that got the same pid later is not it.
 * @param {ProcessRecord} record
 */
export function isRunning(record, identifyPid = identify) {
  return record.identity === identifyPid(record.pid);
}
