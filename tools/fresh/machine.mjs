/** One new machine: a root of its own, seen by its own processes only. It shares this machine's network and clock. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../infra/stack/run-command.mjs';
import { waitUntil } from '../../infra/stack/wait-until.mjs';
import { runInside } from './inside.mjs';
import { childOf, pidNamespace, processesOf } from './processes.mjs';

const NAMESPACE_SCRIPT = join(import.meta.dirname, 'namespace.sh');
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child'];
const EXTRACT = ['--extract', '--numeric-owner', '--xattrs'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const START_TIMEOUT_MS = 20_000;
const END_TIMEOUT_MS = 20_000;

/** The loopback device of a new network comes switched off. SIOCSIFFLAGS; perl, since a minimal Debian has no ip. */
const LOOPBACK_UP = `socket(my $s, 2, 2, 0); my $r = pack('a16s', 'lo', 0x49); ioctl($s, 0x8914, $r) or die "lo: $!"`;

/** @typedef {Awaited<ReturnType<typeof startMachine>>} Machine */

/**
 * @param {{ archive: string, folder: string, prepare: (root: string) => Promise<Record<string, string>>,
 *   signal: AbortSignal }} settings
 *   `folder`: where the root is unpacked; it is removed at the end; `prepare`: answers with the environment of every
 *   command inside; `signal`: ends what runs inside, at once
 */
export async function startMachine({ archive, folder, prepare, signal }) {
  const root = join(folder, 'root');
  let env;
  let first;
  try {
    mkdirSync(root, { recursive: true });
    await runCommand('tar', [...EXTRACT, '--file', archive, '--directory', root], { signal });
    env = await prepare(root);
    first = await holdNamespace(['unshare', ...NAMESPACES, '--', '/bin/bash', NAMESPACE_SCRIPT, root]);
  } catch (error) {
    removeRoot(folder);
    throw error;
  }
  signal.addEventListener('abort', () => kill(first.pid), { once: true });
  const namespace = pidNamespace(first.pid);
  /** @type {Awaited<ReturnType<typeof holdNamespace>> | null} */
  let offline = null;

  function command(args, { user = 'root', cwd = '/', network = true, env: more = {}, ...rest } = {}) {
    const home = user === 'root' ? '/root' : `/home/${user}`;
    return runInside(args, {
      pid: first.pid,
      networkOf: network ? null : offline.pid,
      user,
      cwd,
      env: { PATH, HOME: home, USER: user, LOGNAME: user, SHELL: '/bin/bash', TERM: 'dumb', ...env, ...more },
      ...rest,
    });
  }

  /** What runs in it, without what only keeps it up. */
  function processes() {
    const ours = [first.pid, offline?.pid];
    return processesOf(namespace).filter(({ pid }) => !ours.includes(pid));
  }

  return {
    root,
    /** Starts a command, see inside.mjs. `network: false`: where nothing can be reached but the machine itself. */
    command,
    /** Runs a command to its end. @throws {Error} if that is not a good one */
    async run(args, options) {
      const { code, signal: how } = await command(args, options).ended;
      if (code !== 0) throw new Error(`${args.join(' ')} failed (${how ?? `exit code ${code}`})`);
    },
    processes,
    /** Cuts a network of its own off from everything; commands with `network: false` run in it. */
    async makeOfflineNetwork() {
      const keep = ['/usr/bin/unshare', '--net', '/bin/bash', '-c', `perl -e "$0"; echo ready; read -r _`, LOOPBACK_UP];
      const target = ['--target', String(first.pid), '--mount', '--pid', '--root', '--wd'];
      offline = await holdNamespace(['nsenter', ...target, '--', ...keep]);
    },
    killAll() {
      for (const { pid } of processes()) kill(pid);
    },
    async close() {
      kill(first.pid);
      const gone = () => processesOf(namespace).length === 0;
      if (!(await waitUntil(gone, { timeoutMs: END_TIMEOUT_MS }))) throw new Error(`Processes in ${root} do not end.`);
      removeRoot(folder);
    },
  };
}

/**
 * Starts what says "ready" and then lives until its standard input is closed: when we are killed, it ends as well.
 * @param {string[]} line a program that forks what is to live, with its arguments
 * @returns {Promise<{ pid: number }>} the process in the new namespace
 */
async function holdNamespace([program, ...args]) {
  // A group of its own: Ctrl-C in our terminal is for us, who then end it.
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const failed = once(child, 'exit').then(() =>
    Promise.reject(new Error(`${[program, ...args].join(' ')} ended:\n${errors}`)),
  );
  await Promise.race([once(child.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) }), failed]);
  failed.catch(() => {});
  return { pid: childOf(child.pid) };
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/**
 * Removes a root, unless something is still mounted below it: the removal would go on into this machine's own /dev.
 * @param {string} folder
 */
export function removeRoot(folder) {
  const mounted = readFileSync('/proc/self/mountinfo', 'utf8').replaceAll('\\040', ' ').includes(` ${folder}/`);
  if (mounted) throw new Error(`Something is still mounted below ${folder}; it is left as it is.`);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
