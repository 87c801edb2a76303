/** Prometheus and promtool: Debian's package would start a service, so it is unpacked into our own folder. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../stack/folder.mjs';
import { runCommand } from '../stack/run-command.mjs';
import { fillFolder } from './complete-folder.mjs';
import { findProgram, isProgram } from './find-program.mjs';

const folder = (cache) => join(cache, 'prometheus');

/** @param {'prometheus' | 'promtool'} program @returns {string | null} its path; null where there is none */
export function findPrometheus(program, cache = cacheFolder()) {
  const unpacked = join(folder(cache), 'usr/bin', program);
  return findProgram(program) ?? (isProgram(unpacked) ? unpacked : null);
}

/**
 * @param {ReturnType<typeof import('./apt.mjs').createApt>} apt
 * @param {{ cache?: string, signal?: AbortSignal }} [options]
 */
export async function unpackPrometheus(apt, { cache = cacheFolder(), signal } = {}) {
  await fillFolder(folder(cache), async (partial) => {
    await apt.download('prometheus', partial);
    const file = readdirSync(partial).find((entry) => entry.startsWith('prometheus_') && entry.endsWith('.deb'));
    await runCommand('dpkg-deb', ['--extract', join(partial, file), partial], { signal });
    for (const program of ['prometheus', 'promtool']) {
      const path = join(partial, 'usr/bin', program);
      if (!existsSync(path)) throw new Error(`Debian's package prometheus has no ${program}.`);
      await runCommand(path, ['--version'], { signal });
    }
  });
}
