import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Worker } from './worker.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The app as a process of its own, on the worker's database and topics, with `env` changed. */
export function spawnReplica(worker: Worker, env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [MAIN], { env: { ...process.env, ...worker.env, ...env }, stdio: 'ignore' });
}

/** Memory that it holds, in MiB; 0 where the system does not say (no /proc). */
export function residentMib({ pid }: ChildProcess): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1_024;
  } catch {
    return 0;
  }
}

/** Ends it as a crash does, if it has not ended. */
export async function kill(replica: ChildProcess): Promise<void> {
  if (replica.exitCode !== null || replica.signalCode !== null) return;
  replica.kill('SIGKILL');
  await once(replica, 'exit');
}
