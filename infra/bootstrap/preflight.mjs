/** Whether the machine has room for a stack, looked at before anything is installed or started. */
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { openFilesLimit } from '../stack/open-files.mjs';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Jars, packages and node_modules at first, logs and databases later. */
const DISK_FIRST_BYTES = 3 * GIB;
const DISK_LATER_BYTES = GIB;
/** MariaDB 0.3, Kafka 0.5, four apps 0.5 GiB; tests and TypeScript come on top. */
const MEMORY_MIN_BYTES = 1.5 * GIB;
const MEMORY_GOOD_BYTES = 3 * GIB;
const NODE_MIN_MAJOR = 20;
const OPEN_FILES_MIN = 1024;
/** Two for each fan with a WebSocket at the edge, one more in the app. */
const OPEN_FILES_GOOD = 16_384;

/**
 * @param {{ diskBytes: number | null, memoryBytes: number | null, openFiles: number | null, isWritable: boolean,
 *   nodeMajor: number, first: boolean, folder: string }} machine
 *   null: could not be found out, or without limit; `first`: there is still something to download
 * @returns {{ errors: string[], warnings: string[] }}
 */
export function judge({ diskBytes, memoryBytes, openFiles, isWritable, nodeMajor, first, folder }) {
  const errors = [];
  const warnings = [];
  if (nodeMajor < NODE_MIN_MAJOR) errors.push(`This is Node ${nodeMajor}; ${NODE_MIN_MAJOR} or newer is needed.`);
  if (!isWritable) {
    errors.push(
      `${folder} belongs to another user (was it made by root?): give it to yourself, or move it with STAGEDOOR_HOME.`,
    );
  }
  const diskNeeded = first ? DISK_FIRST_BYTES : DISK_LATER_BYTES;
  if (diskBytes !== null && diskBytes < diskNeeded) {
    errors.push(
      `${gib(diskBytes)} are free on the disk of ${folder}, ${gib(diskNeeded)} are needed. STAGEDOOR_HOME=<folder> moves it.`,
    );
  }
  if (memoryBytes !== null && memoryBytes < MEMORY_MIN_BYTES) {
    errors.push(`${gib(memoryBytes)} of memory are available, ${gib(MEMORY_MIN_BYTES)} are needed.`);
  } else if (memoryBytes !== null && memoryBytes < MEMORY_GOOD_BYTES) {
    warnings.push(`${gib(memoryBytes)} of memory are available: enough to look around, not for a crowd.`);
  }
  if (openFiles !== null && openFiles < OPEN_FILES_MIN) {
    errors.push(
      `A process may have ${openFiles} files open, ${OPEN_FILES_MIN} are needed: raise it with "ulimit -n ${OPEN_FILES_GOOD}".`,
    );
  } else if (openFiles !== null && openFiles < OPEN_FILES_GOOD) {
    warnings.push(`A process may have ${openFiles} files open; for a crowd raise it with "ulimit -n 65536".`);
  }
  return { errors, warnings };
}

const gib = (bytes) => `${(bytes / GIB).toFixed(1)} GiB`;

/** Asks the machine. @param {string} folder where the data will be @param {boolean} first */
export function inspectMachine(folder, first) {
  return {
    diskBytes: freeDisk(folder),
    memoryBytes: availableMemory(),
    openFiles: openFilesLimit(),
    isWritable: isWritable(folder),
    nodeMajor: Number(process.versions.node.split('.')[0]),
    first,
    folder,
  };
}

/** The folder, or the nearest one above it that exists already. */
function existing(folder) {
  let path = folder;
  while (!existsSync(path)) path = dirname(path);
  return path;
}

function isWritable(folder) {
  try {
    accessSync(existing(folder), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function freeDisk(folder) {
  try {
    const { bavail, bsize } = statfsSync(existing(folder));
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** What the kernel could give without swapping, or what a container's limit leaves of it. */
function availableMemory() {
  const machine = memAvailable(read('/proc/meminfo'));
  const limit = Number(read('/sys/fs/cgroup/memory.max'));
  const used = Number(read('/sys/fs/cgroup/memory.current'));
  const container = limit > 0 && used >= 0 ? limit - used : null;
  if (machine === null || container === null) return machine ?? container;
  return Math.min(machine, container);
}

/** @param {string} meminfo the text of /proc/meminfo @returns {number | null} bytes */
export function memAvailable(meminfo) {
  const match = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo);
  return match ? Number(match[1]) * 1024 : null;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
