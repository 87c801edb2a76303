/** Whether "docker compose" works here: the program alone is not enough, an engine has to answer. */
import { runCommand } from '../stack/run-command.mjs';
import { findProgram } from './find-program.mjs';

export async function hasDockerCompose() {
  if (findProgram('docker') === null) return false;
  try {
    await runCommand('docker', ['compose', 'version'], { signal: AbortSignal.timeout(10_000) });
    await runCommand('docker', ['info'], { signal: AbortSignal.timeout(10_000) });
    return true;
  } catch {
    return false;
  }
}
