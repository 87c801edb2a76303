/** libfaketime, where Debian puts it: below the folder of the machine's architecture. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The one for programs with threads, as Node is. */
const LIBRARY = 'faketime/libfaketimeMT.so.1';

/** @returns {string | null} */
export function findFaketime(folder = '/usr/lib') {
  if (!existsSync(folder)) return null;
  const candidates = [folder, ...readdirSync(folder).map((entry) => join(folder, entry))];
  return candidates.map((candidate) => join(candidate, LIBRARY)).find((file) => existsSync(file)) ?? null;
}
