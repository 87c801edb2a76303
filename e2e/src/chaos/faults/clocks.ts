import { renameSync, writeFileSync } from 'node:fs';
import { type Injection, pause } from './injection.ts';

/** How long libfaketime goes by what it read before, in milliseconds. */
const CACHE_MS = 1_000;

/** Sets a clock off by so much. Renamed into place, so that it is never read half written. */
export function setClock(file: string, offsetMs: number): void {
  const seconds = (offsetMs / 1000).toFixed(3);
  writeFileSync(`${file}.next`, `${offsetMs < 0 ? '' : '+'}${seconds}\n`);
  renameSync(`${file}.next`, file);
}

/** What libfaketime finds in a process's environment: wall clocks by a file, monotonic clocks left alone. */
export const clockEnvironment = (library: string, file: string): Record<string, string> => ({
  LD_PRELOAD: library,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_CACHE_DURATION: String(CACHE_MS / 1000),
  // The name of this setting changed between versions.
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  DONT_FAKE_MONOTONIC: '1',
});

/** Moves the clock of one replica of a service, for a while. */
export const moveClock: Injection = async ({ target, durationMs, size }, { clockFiles, over }) => {
  const file = clockFiles[target];
  if (file === undefined) throw new Error(`the clock of ${target} cannot be moved in this stack`);
  setClock(file, size);
  await pause(durationMs, over);
  setClock(file, 0);
  await pause(CACHE_MS, over);
};
