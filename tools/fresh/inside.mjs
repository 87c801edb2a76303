/** A command inside a machine: in a session of its own, without a terminal, its output kept. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { childOf } from './processes.mjs';

const OUTPUT_MAX_CHARACTERS = 400_000;
const PIPES_TIMEOUT_MS = 1_000;
const PROGRESS_MS = 30_000;

/**
 * @param {string[]} args
 * @param {{ pid: number, networkOf: number | null, user: string, cwd: string, env: Record<string, string>,
 *   logFile: string, timeoutMs?: number, progress?: (line: string) => void }} settings
 *   `pid`: process 1 of the machine; `networkOf`: a process whose network it gets; `logFile`: appended to; `progress`:
 *   gets the last line every half minute
 */
export function runInside(args, { pid, networkOf, user, cwd, env, logFile, timeoutMs, progress }) {
  const network = networkOf === null ? [] : [`--net=/proc/${networkOf}/ns/net`];
  const asUser = user === 'root' ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'];
  const inFolder = ['/bin/sh', '-c', 'cd "$0" && exec "$@"', cwd];
  // setsid: a process group that a signal can be sent to as a terminal sends Ctrl-C, without us in it.
  const line = ['--target', String(pid), '--mount', '--pid', ...network, '--root', '--wd', '--', 'setsid'];
  const child = spawn('nsenter', [...line, ...asUser, ...inFolder, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  log.write(`\n--- ${timeOfDay()} ${args.join(' ')}\n`);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-OUTPUT_MAX_CHARACTERS);
      log.write(text.replaceAll('\n', `\n${timeOfDay()} `));
    });
  }

  /** To the whole group, as a terminal does. */
  function signalGroup(name) {
    const leader = childOf(child.pid);
    if (leader === null) return;
    try {
      process.kill(-leader, name);
    } catch {
      // It has just ended.
    }
  }

  const timer = timeoutMs === undefined ? undefined : setTimeout(() => signalGroup('SIGKILL'), timeoutMs);
  const heartbeat = progress && setInterval(() => progress(lastLines(output, 1).slice(0, 160)), PROGRESS_MS);
  return {
    signalGroup,
    output: () => output,
    /** @type {Promise<{ code: number | null, signal: string | null, output: string }>} */
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', async (code, signal) => {
        clearTimeout(timer);
        clearInterval(heartbeat);
        // What it has left running may hold the pipes open for ever.
        await Promise.race([once(child, 'close'), delay(PIPES_TIMEOUT_MS, undefined, { ref: false })]);
        child.stdout.destroy();
        child.stderr.destroy();
        log.end();
        resolve({ code, signal, output });
      });
    }),
  };
}

const timeOfDay = () => new Date().toISOString().slice(11, 23);

/** @param {string} text @param {number} lines */
export const lastLines = (text, lines = 30) => text.trimEnd().split('\n').slice(-lines).join('\n');
