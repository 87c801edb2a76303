/** Finds a Java that can run the broker: by its version, not by its name. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, isProgram } from './find-program.mjs';

/** Kafka 4 needs it. */
export const JAVA_MIN_VERSION = 17;

/**
 * The major version out of what `java -version` prints: 8 for "1.8.0_412", 17 for "17.0.15", 21 for "21-ea".
 * @param {string} output
 * @returns {number | null}
 */
export function javaMajorVersion(output) {
  const match = /version "(\d+)(?:\.(\d+))?/.exec(output);
  if (!match) return null;
  return match[1] === '1' ? Number(match[2]) : Number(match[1]);
}

/**
 * @param {{ candidates?: string[], versionOf?: (java: string) => number | null }} [options]
 * @returns {string | null} the first java that is new enough
 */
export function findJava({ candidates = javaCandidates(), versionOf = askVersion } = {}) {
  return candidates.find((java) => (versionOf(java) ?? 0) >= JAVA_MIN_VERSION) ?? null;
}

/** JAVA_HOME is a deliberate choice and comes first, then PATH, then what Debian has installed beside it. */
function javaCandidates(env = process.env) {
  const candidates = [];
  if (env.JAVA_HOME) candidates.push(join(env.JAVA_HOME, 'bin/java'));
  const inPath = findProgram('java');
  if (inPath) candidates.push(inPath);
  if (existsSync('/usr/lib/jvm')) {
    for (const folder of readdirSync('/usr/lib/jvm').sort().reverse())
      candidates.push(join('/usr/lib/jvm', folder, 'bin/java'));
  }
  return [...new Set(candidates)].filter(isProgram);
}

function askVersion(java) {
  try {
    // The version goes to stderr. -version starts no program; 20 s are for a machine that is very busy.
    return javaMajorVersion(
      execFileSync('/bin/sh', ['-c', '"$0" -version 2>&1', java], { encoding: 'utf8', timeout: 20_000 }),
    );
  } catch {
    return null;
  }
}
