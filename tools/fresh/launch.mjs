/** `npm start` in a machine: started as from a terminal, waited for, interrupted, killed. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines } from './inside.mjs';

/** On the first start everything is downloaded. */
const FIRST_START_TIMEOUT_MS = 20 * 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** A process that has been told to end, and whose parent did not wait, may need a moment. */
const END_OF_PROCESSES_MS = 2_000;

const APPS = ['queue-gateway', 'reservation-service', 'payment-worker', 'result-worker'];

/** With Node, because a new machine has no curl. */
const PROBE = `
const paths = ['/', ...${JSON.stringify(APPS)}.map((app) => '/health/' + app)];
const ok = async (path) => (await fetch(process.argv[1] + path)).ok;
for (;;) {
  const all = await Promise.all(paths.map((path) => ok(path).catch(() => false)));
  if (all.every(Boolean)) break;
  await new Promise((resolve) => setTimeout(resolve, 250));
}`;

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {{ edge: string, logFile: string, user: string, cwd: string, env: Record<string, string>, network?: boolean }} options
 */
export function launch(machine, { edge, ...options }) {
  const start = performance.now();
  const npm = machine.command(['npm', 'start', '--', '--yes'], options);
  let served = false;

  return {
    output: npm.output,

    /** @returns {Promise<number>} the seconds that it took */
    async untilServing(timeoutMs = FIRST_START_TIMEOUT_MS) {
      const probe = machine.command(['node', '--input-type=module', '--eval', PROBE, '--', edge], {
        ...options,
        timeoutMs,
      });
      const first = await Promise.race([
        probe.ended.then(({ code }) => (code === 0 ? null : `did not serve within ${timeoutMs / 1000} s`)),
        npm.ended.then(({ code, signal }) => `ended (${signal ?? `exit code ${code}`})`),
      ]);
      probe.signalGroup('SIGKILL');
      await probe.ended;
      if (first !== null) throw new Error(`npm start ${first}. Its last lines:\n${lastLines(npm.output())}`);
      served = true;
      return (performance.now() - start) / 1000;
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
