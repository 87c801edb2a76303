/** How many files and sockets a process may have open. */
import { readFileSync } from 'node:fs';

/**
 * The hard limit out of /proc/<pid>/limits; Node has raised the soft one to it at its start, and children inherit that.
 * @param {string} limits
 * @returns {number | null} null: unlimited, or not said
 */
export function hardOpenFiles(limits) {
  const match = /^Max open files\s+\S+\s+(\S+)/m.exec(limits);
  return match && match[1] !== 'unlimited' ? Number(match[1]) : null;
}

/** @returns {number | null} null where it cannot be known */
export function openFilesLimit() {
  try {
    return hardOpenFiles(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return null;
  }
}
