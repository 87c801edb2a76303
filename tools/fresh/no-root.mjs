/** Whoever can become root in no way is told so, in one sentence. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from './inside.mjs';

const TIMEOUT_MS = 60_000;

/** npm's own words around a script's; notes about memory and the like come before. */
const NOT_OURS = /^(npm (error|ERR!|notice)|> |Note: )/;

/**
 * What is wrong with the refusal, if anything.
 * @param {number | null} code the exit code of npm start
 * @param {string} output
 * @returns {string | null}
 */
export function judgeRefusal(code, output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !NOT_OURS.test(line));
  if (code === 0) return 'it ended with exit code 0';
  if (code === null) return 'it did not end by itself';
  if (lines.length !== 1) return `it said ${lines.length} lines, not one`;
  if (!lines[0].includes('apt-get install')) return 'it does not say what to install';
  return null;
}

/**
 * `npm start` by a user who may not become root.
 * @param {import('./machine.mjs').Machine} machine
 * @param {{ cwd: string, user: string, env: Record<string, string>, logFile: string }} options
 */
export async function expectRefusal(machine, options) {
  const { code, output } = await machine.command(['npm', 'start', '--', '--yes'], { ...options, timeoutMs: TIMEOUT_MS })
    .ended;
  const wrong = judgeRefusal(code, output);
  machine.killAll();
  if (wrong !== null) throw new Error(`npm start was to refuse with one sentence, but ${wrong}:\n${lastLines(output)}`);
}

/** Without the program at all, as on a machine where it was never installed. */
export async function withoutSudo(root, work) {
  const sudo = join(root, 'usr/bin/sudo');
  chmodSync(sudo, 0);
  try {
    await work();
  } finally {
    chmodSync(sudo, 0o4755);
  }
}
