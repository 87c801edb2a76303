/** `npm start` in a machine: started as from a terminal, waited for, interrupted, killed. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../infra/stack/wait-until.mjs';
import { lastLines } from './inside.mjs';

/** On the first start everything is downloaded. */
const FIRST_START_TIMEOUT_MS = 20 * 60_000;
const PROBE_TIMEOUT_MS = 30_000;
const UP = 'Stagedoor is up:';
const STOP_TIMEOUT_MS = 60_000;
/** A process that has been told to end, and whose parent did not wait, may need a moment. */
const END_OF_PROCESSES_MS = 2_000;

const APPS = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

/** With Node, because a new machine has no curl. */
const PROBE = `
const paths = ['/', ...${JSON.stringify(APPS)}.map((app) => '/health/' + app)];
for (const path of paths) {
  const answer = await fetch(process.argv[1] + path);
  if (!answer.ok) throw new Error(path + ' answers ' + answer.status);
}`;

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {{ edge: string, logFile: string, user: string, cwd: string, env: Record<string, string>, network?: boolean,
 *   progress: (line: string) => void }} settings `progress`: see inside.mjs
 */
export function launch(machine, { edge, progress, ...options }) {
  const start = performance.now();
  /** @type {((line: string) => void) | null} */
  let listener = progress;
  const npm = machine.command(['npm', 'start', '--', '--yes'], { ...options, progress: (line) => listener?.(line) });
  let served = false;

  return {
    output: npm.output,

    /** @returns {Promise<number>} the seconds that it took */
    async untilServing() {
      const up = () => npm.output().includes(UP);
      const end = { how: '' };
      void npm.ended.then(({ code, signal }) => {
        end.how = `ended (${signal ?? `exit code ${code}`})`;
      });
      // Its own word first: on a shared network somebody else may be serving at that address.
      const said = await waitUntil(up, { timeoutMs: FIRST_START_TIMEOUT_MS, giveUp: () => end.how !== '' });
      if (!said)
        throw new Error(`npm start ${end.how || 'is not up in time'}. Its last lines:\n${lastLines(npm.output())}`);
      const took = (performance.now() - start) / 1000;
      const { code, output } = await machine.command(['node', '--input-type=module', '--eval', PROBE, '--', edge], {
        ...options,
        timeoutMs: PROBE_TIMEOUT_MS,
      }).ended;
      if (code !== 0) throw new Error(`npm start says that it is up, but it does not serve:\n${output}`);
      served = true;
      listener = null;
      return took;
    },

    /** Ctrl-C: everything ends, and that in time. @returns {Promise<number>} the seconds that it took */
    async interrupt() {
      const before = performance.now();
      npm.signalGroup('SIGINT');
      const end = await Promise.race([npm.ended, delay(STOP_TIMEOUT_MS, null, { ref: false })]);
      const took = (performance.now() - before) / 1000;
      const left = await remaining(machine);
      machine.killAll();
      const last = `Its last lines:\n${lastLines(npm.output())}`;
      if (end === null) throw new Error(`npm start still runs ${STOP_TIMEOUT_MS / 1000} s after Ctrl-C. ${last}`);
      if (left.length > 0) throw new Error(`After Ctrl-C there still runs:\n${left.join('\n')}\n${last}`);
      if (served && !npm.output().includes('Everything has stopped.'))
        throw new Error(`It did not end in order. ${last}`);
      return took;
    },

    /** The launcher alone, as an out-of-memory killer would take it. @returns {Promise<number>} how many it leaves */
    async killLauncher() {
      const launchers = machine
        .processes()
        .filter(({ args }) => basename(args[0] ?? '') === 'node' && args[1] === 'infra/start.mjs');
      if (launchers.length !== 1) throw new Error(`${launchers.length} launchers run, not one.`);
      process.kill(launchers[0].pid, 'SIGKILL');
      await npm.ended;
      const left = machine.processes().length;
      if (left === 0) throw new Error('Nothing was left behind: this proves nothing.');
      return left;
    },
  };
}

/** @returns {Promise<string[]>} the command lines of what does not end */
async function remaining(machine) {
  for (const end = performance.now() + END_OF_PROCESSES_MS; ; ) {
    const left = machine.processes();
    if (left.length === 0 || performance.now() >= end) return left.map(({ args }) => args.join(' ').slice(0, 200));
    await delay(100);
  }
}
