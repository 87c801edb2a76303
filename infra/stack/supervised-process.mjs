/** One process of the stack: started, recorded, watched, restarted after a crash, stopped. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterCrash } from './backoff.mjs';
import { openBoundedLog } from './bounded-log.mjs';
import { recordOf } from './process-identity.mjs';
import { waitUntil } from './wait-until.mjs';

/**
 * @typedef {object} ProcessSpec
 * @property {string} name
 * @property {string} command
 * @property {string[]} args
 * @property {string} cwd
 * @property {NodeJS.ProcessEnv} env
 * @property {() => Promise<boolean>} isReady
 * @property {number} readyTimeoutMs
 * @property {NodeJS.Signals} stopSignal
 * @property {number} stopTimeoutMs after it, SIGKILL
 * @property {boolean} [printsOutput] its lines go to the terminal too
 * @property {boolean} [mayStartLate] not being ready in time is said, and is no reason to stop
 */

/**
 * @param {ProcessSpec} spec
 * @param {{ folders: { run: string, logs: string }, report: { line(name: string, text: string): void, note(text: string): void } }} context
 */
export function superviseProcess(spec, { folders, report }) {
  const recordFile = join(folders.run, `${spec.name}.json`);
  const log = openBoundedLog(join(folders.logs, `${spec.name}.log`), {
    onLine: spec.printsOutput ? (line) => report.line(spec.name, line) : undefined,
  });
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null;
  /** @type {Promise<void>} */
  let ended = Promise.resolve();
  let wanted = false;
  let crashes = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let restartTimer;

  function launch() {
    const startedAt = performance.now();
    // detached: a process group of its own. Ctrl-C in a terminal goes to a whole group, and everything would stop at
    // once instead of in order. It also lets a kill reach what the process itself has started.
    const started = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: spec.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    if (started.pid !== undefined) {
      const record = recordOf(spec.name, started.pid, [spec.command, ...spec.args].join(' '));
      writeFileSync(recordFile, JSON.stringify(record), { mode: 0o600 });
    }
    log.mark(`--- ${new Date().toISOString()} ${basename(spec.command)} started, pid ${started.pid}`);
    log.follow(started.stdout);
    log.follow(started.stderr);
    ended = new Promise((resolve) => {
      let done = false;
      const finish = (how) => {
        if (done) return;
        done = true;
        child = null;
        endGroup(started.pid);
        rmSync(recordFile, { force: true });
        log.mark(`--- ${new Date().toISOString()} ended (${how})`);
        if (wanted) scheduleRestart(how, performance.now() - startedAt);
        resolve();
      };
      started.once('error', (error) => finish(error.message));
      started.once('exit', (code, signal) => finish(signal ?? `exit code ${code}`));
    });
  }

  /** What it had started itself: nginx's workers live on without their master, and keep its port. */
  function endGroup(pid) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // There is nobody left, as usual.
    }
  }

  function scheduleRestart(how, ranForMs) {
    const next = afterCrash(crashes, ranForMs);
    crashes = next.crashes;
    report.note(`${spec.name} ended (${how}); it starts again in ${next.delayMs / 1000} s. Log: ${log.file}`);
    restartTimer = setTimeout(() => {
      launch();
      void untilReady().then((ready) => {
        if (ready) report.note(`${spec.name} is ready again.`);
      });
    }, next.delayMs);
  }

  function untilReady() {
    const waitedFor = child;
    return waitUntil(spec.isReady, {
      timeoutMs: spec.readyTimeoutMs,
      giveUp: () => child === null || child !== waitedFor,
    });
  }

  function signal(name) {
    if (child?.pid === undefined) return;
    try {
      // SIGKILL goes to the group: a process that dies so cannot stop its own children.
      process.kill(name === 'SIGKILL' ? -child.pid : child.pid, name);
    } catch {
      // It has just ended by itself.
    }
  }

  return {
    name: spec.name,
    log,
    get pid() {
      return child?.pid;
    },
    get isUp() {
      return child !== null;
    },

    /** Starts it and waits until it is ready. Whoever ends before that has a mistake that trying again does not mend. */
    async start() {
      if (child !== null) return;
      clearTimeout(restartTimer);
      wanted = false;
      launch();
      if (!(await untilReady())) {
        const why =
          child === null ? 'ended before it was ready' : `was not ready after ${spec.readyTimeoutMs / 1000} s`;
        if (child === null || !spec.mayStartLate) {
          await this.stop();
          throw new Error(`${spec.name} ${why}. Its last lines (${log.file}):\n  ${log.tail().join('\n  ')}`);
        }
        report.note(`${spec.name} ${why}; its log says why: ${log.file}`);
      }
      wanted = true;
    },

    /** Waits until it is ready, after a crash for instance. */
    waitUntilReady: (timeoutMs = spec.readyTimeoutMs) => waitUntil(spec.isReady, { timeoutMs }),

    /** Sends a signal and leaves the rest to the supervision; answers when the process has taken it, if it is fatal. */
    async kill(name, { staysDown = false } = {}) {
      const end = ended;
      if (staysDown) wanted = false;
      signal(name);
      if (name === 'SIGKILL') await end;
    },

    /** Stops it, politely first. Answers when it is gone. */
    async stop() {
      wanted = false;
      clearTimeout(restartTimer);
      if (child === null) return;
      signal(spec.stopSignal);
      const hammer = setTimeout(() => signal('SIGKILL'), spec.stopTimeoutMs);
      await ended;
      clearTimeout(hammer);
    },

    /** At once, without asking; for the second Ctrl-C. */
    killNow() {
      wanted = false;
      clearTimeout(restartTimer);
      signal('SIGKILL');
    },
  };
}
