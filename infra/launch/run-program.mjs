/** One of the project's TypeScript programs, on Node 24. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot } from '../stack/folder.mjs';
import { node24 } from '../stack/node24.mjs';

/** @param {string} program its path in the repository @param {string[]} args @returns {Promise<number>} its exit code */
export async function runProgram(program, args) {
  const child = spawn(node24(), [join(repositoryRoot, program), ...args], { stdio: 'inherit' });
  // A terminal sends these to the program as well, which stops in order: here is only to wait for it.
  process.on('SIGINT', () => {});
  process.on('SIGHUP', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = await once(child, 'exit');
  return code ?? (signal === null ? 1 : 130);
}
