/** apt-get, as root or by sudo: lists what would come, then installs that and nothing else. */
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../stack/run-command.mjs';
import { findProgram } from './find-program.mjs';
import { simulatedInstalls } from './packages.mjs';

/** For dpkg's lock apt waits by itself; an automatic upgrade may take some minutes. */
const LOCK_TIMEOUT_SECONDS = 600;
const LIST_LOCK_RETRY_MS = 5_000;
const LIST_LOCK_ATTEMPTS = 60;

/** sudo clears the environment; these have to get through to reach the archive from behind a proxy. */
const PASSED_ON = ['http_proxy', 'https_proxy', 'no_proxy'];

/**
 * How to become root: nothing to do, or by sudo, or not at all.
 * @param {{ uid?: number, sudo?: string | null, isTerminal?: boolean, sudoWithoutPassword?: () => Promise<boolean> }} [machine]
 * @returns {Promise<{ prefix?: string[], error?: string }>}
 */
export async function becomeRoot({
  uid = process.getuid?.(),
  sudo = findProgram('sudo'),
  isTerminal = process.stdin.isTTY === true,
  sudoWithoutPassword = trySudo,
} = {}) {
  if (uid === 0) return { prefix: [] };
  if (sudo === null) return { error: 'there is neither root nor sudo here' };
  if (!isTerminal && !(await sudoWithoutPassword()))
    return { error: 'sudo asks for a password, and there is no terminal' };
  return { prefix: isTerminal ? [sudo] : [sudo, '-n'] };
}

async function trySudo() {
  try {
    await runCommand('sudo', ['-n', 'true']);
    return true;
  } catch {
    return false;
  }
}

/** The one sentence for those who cannot become root. */
export function needsRoot(reason, packages) {
  return (
    `Packages are missing and cannot be installed, because ${reason}: ask an administrator to run ` +
    `"apt-get update && apt-get install --no-install-recommends ${packages.join(' ')}" once, then start again.`
  );
}

/** @param {string[]} rootPrefix @param {{ signal?: AbortSignal, report: import('../stack/report.mjs').Report }} context */
export function createApt(rootPrefix, { signal, report }) {
  const environment = {
    DEBIAN_FRONTEND: 'noninteractive',
    // Restarting services of the system is not ours to do.
    NEEDRESTART_SUSPEND: '1',
    LC_ALL: 'C',
    ...Object.fromEntries(PASSED_ON.filter((name) => process.env[name]).map((name) => [name, process.env[name]])),
  };

  function asRoot(args, onLine) {
    const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const [command, ...rest] = [
      ...rootPrefix,
      'env',
      ...settings,
      'apt-get',
      '-o',
      `DPkg::Lock::Timeout=${LOCK_TIMEOUT_SECONDS}`,
      ...args,
    ];
    return runCommand(command, rest, { signal, onLine, atTerminal: true });
  }

  async function update() {
    report.step('apt-get update (package lists only)');
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await asRoot(['update']);
      } catch (error) {
        // The lock of the lists is one that apt does not wait for.
        if (attempt >= LIST_LOCK_ATTEMPTS || !/Could not get lock/.test(error.output ?? '')) throw error;
        if (attempt === 1) report.step('waiting for another apt, which has the lock of the package lists');
        await delay(LIST_LOCK_RETRY_MS, undefined, { signal });
      }
    }
  }

  return {
    update,

    /** Whether apt's lists know a version of it that could be installed. */
    async isKnown(name) {
      const policy = await runCommand('apt-cache', ['policy', name], { env: { LC_ALL: 'C' }, signal });
      return /^\s+Candidate: (?!\(none\))\S/m.test(policy);
    },

    /** Everything that would be installed, dependencies included; nothing is changed. */
    async simulate(packages) {
      const args = ['install', '--simulate', '--no-install-recommends', ...packages];
      return simulatedInstalls(await runCommand('apt-get', args, { env: { LC_ALL: 'C' }, signal }));
    },

    /** @param {string[]} packages @param {number} total how many that will be, with what they depend on */
    async install(packages, total) {
      const args = ['install', '-y', '--no-install-recommends', ...packages];
      let done = 0;
      const onLine = (line) => {
        const name = /^Setting up (\S+)/.exec(line)?.[1];
        if (name === undefined) return;
        done += 1;
        report.step(`installed ${done} of ${total}: ${name}`);
      };
      try {
        await asRoot(args, onLine);
      } catch (error) {
        // Lists of last month name versions that the archive no longer has.
        if (signal?.aborted || !/Failed to fetch|Unable to fetch|404/.test(error.output ?? '')) throw error;
        await update();
        await asRoot(args, onLine);
      }
    },

    /** Fetches a package's file into a folder; needs no root. */
    download: (name, folder) =>
      runCommand('apt-get', ['download', name], { cwd: folder, env: { LC_ALL: 'C' }, signal }),
  };
}
