/** One launcher per data folder. */
import { linkSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, recordOf } from './process-identity.mjs';

/** A takeover takes a millisecond. What is older was left by a launcher that was killed in the middle of it. */
const TAKEOVER_STALE_MS = 10_000;

export class FolderInUseError extends Error {
  /** @param {import('./process-identity.mjs').ProcessRecord} owner */
  constructor(folder, owner) {
    super(
      `Already running on ${folder}: process ${owner.pid}, since ${owner.startedAt}. ` +
        'Stop it first (Ctrl-C in its terminal), or give this one a folder of its own with STAGEDOOR_HOME.',
    );
    this.name = 'FolderInUseError';
    this.owner = owner;
  }
}

const lockFile = (runFolder) => join(runFolder, 'launcher.lock');

/**
 * @param {string} runFolder
 * @param {string} folder for the message
 * @returns {() => void} gives the lock back
 * @throws {FolderInUseError}
 */
export function lockFolder(runFolder, folder) {
  const file = lockFile(runFolder);
  const mine = JSON.stringify(recordOf('launcher', process.pid, process.argv.join(' ')));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A hard link fails if the name exists, and the file is complete when it gets that name.
        linkSync(draft, file);
        return () => {
          if (read(file) === mine) rmSync(file, { force: true });
        };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const owner = lockOwner(runFolder);
      if (owner !== null) throw new FolderInUseError(folder, owner);
      removeStale(file);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Who holds the folder; null if nobody does or only a dead process.
 * @returns {import('./process-identity.mjs').ProcessRecord | null}
 */
export function lockOwner(runFolder) {
  const text = read(lockFile(runFolder));
  if (text === null) return null;
  try {
    const record = JSON.parse(text);
    return isRunning(record) ? record : null;
  } catch {
    return null;
  }
}

/** Two that find the same stale lock: only the one that makes the folder removes it, after a second look. */
function removeStale(file) {
  const takeover = `${file}.takeover`;
  try {
    mkdirSync(takeover);
  } catch {
    try {
      if (Date.now() - statSync(takeover).mtimeMs > TAKEOVER_STALE_MS) rmdirSync(takeover);
    } catch {
      // The other one has just finished.
    }
    return;
  }
  try {
    const text = read(file);
    if (text !== null && !isRunningText(text)) rmSync(file, { force: true });
  } finally {
    rmdirSync(takeover);
  }
}

function isRunningText(text) {
  try {
    return isRunning(JSON.parse(text));
  } catch {
    return false;
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
