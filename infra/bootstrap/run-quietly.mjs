/** Runs a command whose output interests only if it fails. */
import { spawn } from 'node:child_process';

const OUTPUT_MAX_CHARACTERS = 20_000;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to ours
 * @param {{ cwd?: string }} [options]
 * @returns {Promise<string>} what it printed
 * @throws {Error} with the end of what it printed
 */
export function runQuietly(command, args, env = {}, { cwd } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_MAX_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`${command} ${args.join(' ')} failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`));
    });
  });
}
