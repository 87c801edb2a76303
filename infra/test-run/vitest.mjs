/** The tests themselves, of all projects or of those that are named. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { node24 } from '../stack/node24.mjs';
import { vitestOutcome } from './outcome.mjs';

const STOP_TIMEOUT_MS = 10_000;
/**
 * Files at once: most of a test's time is waiting for a broker, a database or a process, so more than there are cores.
 * On two cores vitest would take one. Projects whose files each start a whole system stay one after another.
 */
const SIDE_BY_SIDE = Math.max(3, availableParallelism());

/**
 * @param {{ args: string[], env: Record<string, string>, folder: string, signal?: AbortSignal,
 *   killSignal?: AbortSignal }} settings `args` for vitest; `folder`: where its report goes; `killSignal`: at once
 * @returns {Promise<import('./outcome.mjs').Outcome>}
 */
export async function runVitest({ args, env, folder, signal, killSignal }) {
  const reportFile = join(folder, 'vitest.json');
  rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const workers = args.some((arg) => arg.startsWith('--maxWorkers')) ? [] : [`--maxWorkers=${SIDE_BY_SIDE}`];
  const script = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const exitCode = await run(node24(), [script, 'run', ...workers, ...reporters, ...args], env, { signal, killSignal });
  const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null;
  return vitestOutcome(report, exitCode);
}

/** A group of its own: its workers are ended with it, whatever they are doing. */
function run(command, args, env, { signal, killSignal }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const kill = (name) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended.
      }
    };
    let hammer;
    const abort = () => {
      kill('SIGTERM');
      hammer = setTimeout(() => kill('SIGKILL'), STOP_TIMEOUT_MS);
    };
    signal?.addEventListener('abort', abort, { once: true });
    killSignal?.addEventListener('abort', () => kill('SIGKILL'), { once: true });
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(hammer);
      signal?.removeEventListener('abort', abort);
      // A worker that hangs would otherwise stay when vitest itself is gone.
      kill('SIGKILL');
      resolve(code);
    });
  });
}
