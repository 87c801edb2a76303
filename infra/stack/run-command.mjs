/** Runs a command to its end; what it prints interests only if it fails. */
import { spawn } from 'node:child_process';

/** The end tells what went wrong. A whole apt simulation fits too. */
const OUTPUT_MAX_CHARACTERS = 200_000;
const SHOWN_MAX_CHARACTERS = 4_000;

export class CommandError extends Error {
  constructor(command, how, output) {
    super(`${command} failed (${how})${output ? `:\n${output.slice(-SHOWN_MAX_CHARACTERS)}` : ''}`);
    this.name = 'CommandError';
    this.output = output;
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, signal?: AbortSignal, onLine?: (line: string) => void,
 *   atTerminal?: boolean }} [options] `env` is added to ours; `signal` ends the command and all that it has started;
 *   `atTerminal`: it may ask there (sudo), gets Ctrl-C from there, and is never killed by us: dpkg must end what it began
 * @returns {Promise<string>} the end of what it printed
 * @throws {CommandError} with the end of what it printed
 */
export function runCommand(command, args, { env = {}, cwd, signal, onLine, atTerminal = false } = {}) {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C reaches it through us, and the kill takes its children along.
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: !atTerminal,
      stdio: [atTerminal ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const add = (chunk) => {
      output = (output + chunk).slice(-OUTPUT_MAX_CHARACTERS);
      if (onLine) for (const line of String(chunk).split('\n')) if (line.trim() !== '') onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    const abort = () => {
      if (atTerminal) return;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal?.removeEventListener('abort', abort);
      reject(error);
    });
    child.once('close', (code, how) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted) reject(signal.reason);
      else if (code === 0) resolve(output);
      else reject(new CommandError([command, ...args].join(' '), how ?? `exit code ${code}`, output.trim()));
    });
  });
}
